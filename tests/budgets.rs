//! Measures the budgets and prints the README's table: `cargo bench -p labctl --bench budgets` what a learner waits for, in eight minutes;
//! with `-- gate` what the author's gate takes, in a quarter of an hour. It asserts no time: machines are shared and noisy. Memory and processor use come from the operating system.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on says where, and its table is what it is for"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "support.rs"]
mod support;

#[path = "budgets/network.rs"]
mod network;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use support::Home;

const LAB: [&str; 6] = [
    "start",
    "pending-pod",
    "--variant",
    "missing-toleration",
    "--seed",
    "1",
];

/// How often each command is measured.
const RUNS: usize = 7;

/// How long an idle session is watched.
const IDLE: Duration = Duration::from_mins(1);

/// How long a session is left alone before that: a new cluster goes on setting itself up for some ten seconds.
const SETTLED: Duration = Duration::from_secs(20);

/// The clock ticks of `/proc/<pid>/stat` in a second: fixed on Linux for what user space sees.
const TICKS: f64 = 100.0;

fn main() {
    let home = Home::new();
    if std::env::args().any(|argument| argument == "gate") {
        return gate(&home);
    }
    home.expect(0, &LAB);
    home.expect(0, &["stop", "--purge"]);

    let mut starts = Vec::new();
    for run in 0..RUNS {
        if run > 0 {
            home.expect(0, &["stop", "--purge"]);
        }
        starts.push(time(|| home.expect(0, &LAB)));
    }
    let checks = (0..RUNS)
        .map(|_| time(|| home.expect(1, &["check"])))
        .collect();
    let watched = watch(&home);
    let idle = idle(&home);
    let resets = (0..RUNS)
        .map(|_| time(|| home.expect(0, &["reset"])))
        .collect();
    let stops = (0..RUNS).map(|_| stop_and_resume(&home)).collect();

    println!("| what | budget | median | spread | runs |");
    println!("|---|---|---|---|---|");
    row(
        "`labctl start pending-pod`, everything built, to the brief on screen",
        "2 s",
        starts,
    );
    row(
        "`labctl check` on a settled cluster, whole process",
        "0.1 s",
        checks,
    );
    row(
        "from a change to its verdict on screen, `labctl check --watch`",
        "0.5 s",
        watched,
    );
    row("`labctl reset`", "1.8 s", resets);
    row("`labctl stop`", "3 s", stops);
    println!(
        "| memory of a running session (resident) | 380 MB | {:.0} MB | | 1 |",
        idle.memory_mb
    );
    println!(
        "| idle processor use of a running session, over {} s | 4 % of one core | {:.1} % | | 1 |",
        IDLE.as_secs(),
        idle.processor_percent
    );
    network::network(&home, "pending-pod");
    home.expect(0, &["stop", "--purge"]);
    variants(&home);
    written(&home);
}

/// How often each variant is started and reset.
const RUNS_A_VARIANT: usize = 3;

/// A start and a reset of each variant with a cluster, and what its start takes of the processor: the median of each, and the spread over the variants.
fn variants(home: &Home) {
    let mut starts = Vec::new();
    let mut processor = Vec::new();
    let mut resets = Vec::new();
    for (lab, variant) in with_a_cluster(home) {
        let start = ["start", &lab, "--variant", &variant, "--seed", "1"];
        let measured: Vec<(Duration, Duration, Duration)> = (0..RUNS_A_VARIANT)
            .map(|_| {
                let before = of_children();
                let started = time(|| home.expect(0, &start));
                let used = of_children() - before + ticks(&sandbox(home, &lab));
                let reset = time(|| home.expect(0, &["reset"]));
                home.expect(0, &["stop", "--purge"]);
                (started, Duration::from_secs_f64(used / TICKS), reset)
            })
            .collect();
        starts.push(median(measured.iter().map(|it| it.0)));
        processor.push(median(measured.iter().map(|it| it.1)));
        resets.push(median(measured.iter().map(|it| it.2)));
    }
    row("`labctl start`, by variant", "2 s, none over 3 s", starts);
    row(
        "the same, processor seconds with the cluster's own",
        "2.2 s",
        processor,
    );
    row("`labctl reset`, by variant", "1.8 s, none over 3 s", resets);
}

/// The variants of all labs that have a cluster, each with its lab.
fn with_a_cluster(home: &Home) -> Vec<(String, String)> {
    let listed = home.json(0, &["list"]);
    let labs = listed["labs"].as_array().unwrap().iter();
    let labs = labs.filter(|lab| lab["needs"]["provider"].is_string());
    labs.flat_map(|lab| {
        let lab = lab["name"].as_str().unwrap();
        let folder = std::path::Path::new("../../scenarios").join(lab);
        let variants = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
        let variants = variants.filter(|folder| folder.join("debrief.md").exists());
        variants.map(move |folder| {
            let variant = folder.file_name().unwrap().to_string_lossy();
            (lab.to_owned(), variant.into_owned())
        })
    })
    .collect()
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times[times.len() / 2]
}

/// A lab that is written work: its start, a verdict after a save, and a check of the largest files that are read.
fn written(home: &Home) {
    let start = ["start", "cluster-boundary", "--seed", "1"];
    let starts = (0..RUNS)
        .map(|_| {
            let took = time(|| home.expect(0, &start));
            home.expect(0, &["stop", "--purge"]);
            took
        })
        .collect();
    row("`labctl start cluster-boundary`", "0.3 s", starts);
    home.expect(0, &start);
    let work = home.session("cluster-boundary").join("work");
    let page = fs::read_to_string(work.join("company.yaml")).unwrap();
    let other = format!("{page}added: 1\n");
    let mut watch = Watch::new(home, "company.yaml");
    let saves = [(&other, "✗"), (&page, "✓")].repeat(RUNS);
    let saves = saves.into_iter().map(|(text, mark)| {
        fs::write(work.join("company.yaml"), text).unwrap();
        time(|| watch.line(mark))
    });
    let saves = saves.collect();
    watch.end();
    row("from a save to its verdict on screen", "0.1 s", saves);
    largest(&work);
    let checks = (0..RUNS).map(|_| time(|| home.expect(1, &["check"])));
    row(
        "`labctl check` of the largest files that are read",
        "1 s",
        checks.collect(),
    );
    home.expect(0, &["stop", "--purge"]);
}

/// As many mitigations as are read, and a record that fills its file.
fn largest(work: &std::path::Path) {
    let decision = fs::read_to_string(work.join("decision.yaml")).unwrap();
    let entry = "\n  - {weakness: cost, mechanism: quota, how: a share of all for each team of the company}";
    let entries = format!("mitigations:{}", entry.repeat(100));
    let decision = decision.replace("mitigations: []", &entries);
    fs::write(work.join("decision.yaml"), decision).unwrap();
    let mut record = fs::read_to_string(work.join("adr.md")).unwrap();
    let room = (1 << 20) - record.len();
    record.push_str(&" more words".repeat(room / " more words".len()));
    fs::write(work.join("adr.md"), record).unwrap();
}

/// How many clusters the gate has at a time, on two cores.
const AT_A_TIME: &str = "5";

/// The gate over the lab for one seed, the robot included: its time, and what a case takes of the processor.
fn gate(home: &Home) {
    let course = support::copy_course(home);
    for (lab, variant) in with_a_cluster(home) {
        // What another run remembers says nothing of it.
        let debrief = course.join(format!("scenarios/{lab}/{variant}/debrief.md"));
        let text = fs::read_to_string(&debrief).unwrap();
        let own = format!("{text}\nMeasured in {}.\n", home.path().display());
        fs::write(&debrief, own).unwrap();
    }
    let course = course.to_string_lossy();
    let arguments = [
        "verify",
        "pending-pod",
        "--jobs",
        AT_A_TIME,
        "--cheats",
        "--course",
        &course,
    ];
    let (used, begun) = (of_children(), Instant::now());
    let verified = home.json(0, &arguments);
    let took = begun.elapsed();
    let n_cases = u32::try_from(verified["cases"].as_array().unwrap().len()).unwrap();
    let seconds = (of_children() - used) / TICKS;
    println!(
        "| `labctl verify pending-pod --cheats`, one seed, {n_cases} cases, {AT_A_TIME} at a time | 8 min | {:.1} min | | 1 |",
        took.as_secs_f64() / 60.0
    );
    println!(
        "| the same, processor seconds a case | 1.6 s | {:.2} s | | 1 |",
        seconds / f64::from(n_cases)
    );
}

/// User and system time of all processes that this one has waited for, and of those that they have, in ticks.
fn of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    fields[13].parse::<f64>().unwrap() + fields[14].parse::<f64>().unwrap()
}

/// From the end of a command that changes a node to the line that says that a safeguard fell, or holds again.
fn watch(home: &Home) -> Vec<Duration> {
    let mut watch = Watch::new(home, "Everything else");
    let node = "get nodes -o jsonpath={.items[0].metadata.name}";
    let node = home.kubectl("pending-pod", node);
    let mut times = Vec::new();
    for (label, mark) in [("watched=yes", "✗"), ("watched-", "✓")].repeat(RUNS) {
        home.kubectl("pending-pod", &format!("label node {node} {label}"));
        times.push(time(|| watch.line(mark)));
    }
    watch.end();
    times
}

/// A running `labctl check --watch`, and the check whose lines are waited for.
struct Watch {
    running: std::process::Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    of: &'static str,
}

impl Watch {
    /// Begins when the check holds.
    fn new(home: &Home, of: &'static str) -> Self {
        let mut running = home
            .command(&["check", "--watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let mut watch = Self { running, lines, of };
        watch.line("✓");
        watch
    }

    fn line(&mut self, mark: &str) {
        let wanted = |line: &String| line.contains(mark) && line.contains(self.of);
        let mut lines = self.lines.by_ref().map_while(Result::ok);
        lines.find(wanted).unwrap();
    }

    fn end(mut self) {
        support::signal(&self.running, "INT");
        self.running.wait().unwrap();
    }
}

struct Idle {
    memory_mb: f64,
    processor_percent: f64,
}

fn idle(home: &Home) -> Idle {
    let process = sandbox(home, "pending-pod");
    rest(SETTLED);
    let before = ticks(&process);
    rest(IDLE);
    let used = ticks(&process) - before;
    let status = fs::read_to_string(process.join("status")).unwrap();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib: f64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    Idle {
        memory_mb: kib * 1024.0 / 1e6,
        processor_percent: used / TICKS / IDLE.as_secs_f64() * 100.0,
    }
}

/// The folder of a session's sandbox in `/proc`.
fn sandbox(home: &Home, session: &str) -> std::path::PathBuf {
    let ready = fs::read_to_string(home.session(session).join("cluster/ready.json")).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    std::path::PathBuf::from("/proc").join(ready["pid"].to_string())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is what happens while nobody does anything"
)]
fn rest(duration: Duration) {
    std::thread::sleep(duration);
}

/// User and system time of a process, in ticks.
fn ticks(process: &std::path::Path) -> f64 {
    let stat = fs::read_to_string(process.join("stat")).unwrap();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

fn stop_and_resume(home: &Home) -> Duration {
    let took = time(|| home.expect(0, &["stop"]));
    home.expect(0, &["start", "pending-pod"]);
    took
}

fn time<T>(what: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    what();
    start.elapsed()
}

fn row(what: &str, budget: &str, mut times: Vec<Duration>) {
    times.sort();
    let last = times.len() - 1;
    let (unit, of_a_second) = if times[last / 2] < Duration::from_millis(10) {
        ("ms", 1000.0)
    } else {
        ("s", 1.0)
    };
    let amount = |index: usize| times[index].as_secs_f64() * of_a_second;
    println!(
        "| {what} | {budget} | {:.2} {unit} | {:.2}–{:.2} {unit} | {} |",
        amount(last / 2),
        amount(0),
        amount(last),
        times.len()
    );
}
