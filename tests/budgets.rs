//! Measures the budgets and prints the README's table: `cargo bench -p labctl --bench budgets` what a learner waits for, in four minutes;
//! with `-- gate` also what the author's gate takes, in half an hour. It asserts no time: machines are shared and noisy. Memory and processor use come from the operating system.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on says where, and its table is what it is for"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "support.rs"]
mod support;

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
        "4 s",
        starts,
    );
    row(
        "`labctl check` on a settled cluster, whole process",
        "0.15 s",
        checks,
    );
    row(
        "from a change to its verdict on screen, `labctl check --watch`",
        "0.5 s",
        watched,
    );
    row("`labctl reset`", "3 s", resets);
    row("`labctl stop`", "3 s", stops);
    println!(
        "| memory of a running session (resident) | 420 MB | {:.0} MB | | 1 |",
        idle.memory_mb
    );
    println!(
        "| idle processor use of a running session, over {} s | 5 % of one core | {:.1} % | | 1 |",
        IDLE.as_secs(),
        idle.processor_percent
    );
    home.expect(0, &["stop", "--purge"]);
    if std::env::args().any(|argument| argument == "gate") {
        gate(&home);
    }
}

/// The gate over the lab for one seed, the robot included: what a case takes of the processor, by variant, and the time of all of it.
fn gate(home: &Home) {
    let course = support::copy_course(home);
    let lab = course.join("scenarios/pending-pod");
    let mut processor = Vec::new();
    let mut took = Duration::ZERO;
    for entry in fs::read_dir(&lab).unwrap() {
        let folder = entry.unwrap().path();
        let variant = folder.file_name().unwrap().to_string_lossy().into_owned();
        let debrief = folder.join("debrief.md");
        if !debrief.exists() {
            continue;
        }
        // What another run remembers says nothing of it.
        let text = fs::read_to_string(&debrief).unwrap();
        fs::write(
            &debrief,
            format!("{text}\nMeasured in {}.\n", home.path().display()),
        )
        .unwrap();
        let what = format!("pending-pod/{variant}");
        let course = course.to_string_lossy();
        let arguments = [
            "verify", &what, "--jobs", "2", "--cheats", "--course", &course,
        ];
        let (used, begun) = (of_children(), Instant::now());
        let verified = home.json(0, &arguments);
        took += begun.elapsed();
        let n_cases = verified["cases"].as_array().unwrap().len();
        let seconds = (of_children() - used) / TICKS;
        processor.push(Duration::from_secs_f64(
            seconds / f64::from(u32::try_from(n_cases).unwrap()),
        ));
    }
    row(
        "`labctl verify --cheats`, processor seconds a case, by variant",
        "1.6 s",
        processor,
    );
    row(
        "`labctl verify pending-pod --cheats`, one seed, two at a time",
        "8 min",
        vec![took],
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
    let mut watch = home
        .command(&["check", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut await_line = |mark: &str| {
        let wanted = |line: &String| line.contains(mark) && line.contains("Everything else");
        lines.by_ref().map_while(Result::ok).find(wanted).unwrap();
    };
    await_line("✓");
    let mut times = Vec::new();
    let node = "get nodes -o jsonpath={.items[0].metadata.name}";
    let node = home.kubectl("pending-pod", node);
    for (label, mark) in [("watched=yes", "✗"), ("watched-", "✓")].repeat(RUNS) {
        home.kubectl("pending-pod", &format!("label node {node} {label}"));
        times.push(time(|| await_line(mark)));
    }
    support::signal(&watch, "INT");
    watch.wait().unwrap();
    times
}

struct Idle {
    memory_mb: f64,
    processor_percent: f64,
}

fn idle(home: &Home) -> Idle {
    let ready = fs::read_to_string(home.session("pending-pod").join("cluster/ready.json")).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    let process = std::path::PathBuf::from("/proc").join(ready["pid"].to_string());
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
    let seconds = |index: usize| times[index].as_secs_f64();
    let last = times.len() - 1;
    println!(
        "| {what} | {budget} | {:.2} s | {:.2}–{:.2} s | {} |",
        seconds(last / 2),
        seconds(0),
        seconds(last),
        times.len()
    );
}
