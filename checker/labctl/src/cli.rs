//! What a person can type. Its texts are the command reference.

mod place;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use grade::diagnosis::{self, CONSTRAINT, Choice, REFUSED_BY};

pub(crate) use place::{ContextArgs, ProviderArgs};

/// Practise day-2 EKS: a real Kubernetes on your laptop, something broken in it, and a grader that tells the truth.
#[derive(Debug, Parser)]
#[command(name = "labctl", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// The session to use; without it, the current one.
    #[arg(long, global = true, env = "LABCTL_SESSION", value_name = "NAME", value_parser = folder_name)]
    pub(crate) session: Option<String>,
    /// Text for people, or JSON for programs (the schemas are in the repository's folder `schema`).
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  labctl start pending-pod     bring a cluster up and break something in it
  labctl shell                 a shell with kubectl pointed at it
  labctl check --wait 30s      what holds, what does not
  labctl book                  the course around the labs
  labctl stop --purge          end it and remove everything

Exit codes: 0 solved or done, 1 something failed, 2 bad command or file, 3 the cluster could not be asked";

/// How results are written to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The labs there are: what each practises and needs, and what you have solved of it.
    List(CourseArgs),
    /// How far you have come in the course, and what to take next. A page's questions do not count.
    Progress(CourseArgs),
    /// Start a lab, or bring its session back.
    Start(StartArgs),
    /// What runs, since when, and what to do next.
    Status,
    /// Your task, once more.
    Brief,
    /// What holds and what does not.
    Check {
        /// Wait until solved, at most so long: `30s`, `5m`.
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        wait: Option<Duration>,
        /// Follow the cluster and show the verdicts as they change, until solved.
        #[arg(long, conflicts_with = "wait")]
        watch: bool,
    },
    /// Say what refused it, which constraint was not met, which object must change, and one line of evidence.
    Answer(AnswerArgs),
    /// The next hint; the first is free.
    Hint {
        /// A hint that you have had, again: 1, 2 or 3.
        number: Option<usize>,
    },
    /// The lab from its beginning, with the same seed. Your own files stay.
    Reset,
    /// Stop the session; `labctl start` brings it back with your changes.
    Stop {
        /// Also remove it, with your files.
        #[arg(long)]
        purge: bool,
        /// Of a cluster that exists no more: remove the session without asking for what it made there.
        #[arg(long, requires = "purge")]
        forget: bool,
    },
    /// What it was, how a senior engineer reads it, how production prevents it. When solved.
    Debrief,
    /// Give up: shows the debrief, and the record says so.
    Reveal {
        /// Do not ask whether you are sure.
        #[arg(long)]
        yes: bool,
    },
    /// The course around the labs: in a browser, or a page of it here.
    Book(BookArgs),
    /// A page's questions, for yourself: asked one by one at a terminal, with the reason and the place in the book. Nothing is kept.
    Quiz(QuizArgs),
    /// A shell with kubectl pointed at the session's cluster, and without your AWS account.
    Shell,
    /// Lines for a second terminal: eval "$(labctl env)". They add to what the terminal has and take nothing from it.
    Env {
        /// Whose syntax.
        #[arg(long, value_enum, default_value_t = ShellKind::Sh)]
        shell: ShellKind,
    },
    /// kubectl, pointed at the session's cluster.
    #[command(disable_help_flag = true)]
    Kubectl {
        /// As kubectl takes them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// What you changed, as a time line, from the audit log: in the cluster as it is, so since the last reset.
    Log {
        /// Also what you changed before the resets, which the session's record keeps.
        #[arg(long)]
        all: bool,
    },
    /// For authors: whether a lab is right. Plays every fix and every wrong fix on real clusters.
    ///
    /// A case whose lab does not start says nothing, and is played once more; a second start that fails is a problem of the case. More than one
    /// failed start in a hundred (in fewer: more than one) fails the run. What came after a start is never tried again.
    Verify(VerifyArgs),
    /// For authors: a skeleton of a variant, and of its lab when that is new.
    New(NewArgs),
    /// The images of the labs as an archive, for a cluster that exists: its nodes pull them from a registry of yours.
    ///
    /// `docker load --input FILE` and a `docker push` of each image, or a tool that reads such archives, bring them there.
    Image(ImageArgs),
    /// Whether this machine has what labctl needs; with `--context`, whether labs may be made in that cluster, and which rights you lack there.
    Doctor {
        /// Remove clusters of your kind that a session of labctl's left behind which is gone; says what it left, and why.
        #[arg(long, conflicts_with = "context")]
        clean: bool,
        #[command(flatten)]
        existing: ContextArgs,
    },
    /// Allow labs in a cluster that looks like production: sets a label on its namespace `kube-system`, and nothing else.
    Allow {
        /// The cluster.
        #[command(flatten)]
        existing: ContextArgs,
    },
    /// Completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// The JSON schemas of what `--output json` and the records say, and of the course's files.
    #[command(hide = true)]
    Schema {
        /// Where to write them.
        #[arg(long)]
        folder: PathBuf,
    },
    /// The book's page about the commands.
    #[command(hide = true)]
    Reference {
        /// Where to write it.
        #[arg(long)]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CourseArgs {
    /// Another course: a folder with labs/ and scenarios/.
    #[arg(long, value_name = "DIR")]
    pub(crate) course: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BookArgs {
    /// A page or a heading, to be shown at this terminal. Without it the book is opened in a browser, or its contents are listed.
    #[arg(value_name = "TITLE")]
    pub(crate) title: Vec<String>,
    /// List the contents.
    #[arg(long, conflicts_with_all = ["title", "serve"])]
    pub(crate) list: bool,
    /// Serve it to browsers on this machine, also when none is found here.
    #[arg(long, conflicts_with = "title")]
    pub(crate) serve: bool,
    /// Where to serve it; without it any free port.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true, conflicts_with_all = ["title", "list"])]
    pub(crate) port: u16,
}

#[derive(Debug, Args)]
pub(crate) struct QuizArgs {
    /// A page, or a heading of it. Without it the pages with questions are listed.
    #[arg(value_name = "PAGE")]
    pub(crate) page: Vec<String>,
    /// The answer to one question, such as `1=b`, `2=a,c` or `3=12`, in place of being asked; once for each question. Ends with 1 when one is wrong.
    #[arg(long, value_name = "NUMBER=ANSWER", requires = "page", value_parser = numbered)]
    pub(crate) answer: Vec<(usize, String)>,
}

#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// The lab; `labctl list` has them.
    pub(crate) lab: String,
    /// One way it can be broken. Without it one is picked, and finding out which is the lab.
    #[arg(long)]
    pub(crate) variant: Option<String>,
    /// Picks names, numbers and the variant; the same seed gives the same lab.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Of a cluster that exists: show what would be made, as its API server says it, and make nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) course: CourseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Which lab, or which one of its variants; without it, all of the course.
    #[arg(value_name = "LAB[/VARIANT]")]
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    /// Seeds 1 to this one, or those from one number to another, such as `4-4`.
    #[arg(long, value_name = "SEEDS", default_value = "1", value_parser = seeds)]
    pub(crate) seeds: RangeInclusive<u64>,
    /// How many clusters at a time; without it, three more than there are cores, for each waits most of its time; on kind one.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Also let a robot try what no author listed: what solves a lab that way, damage that is not named, forged evidence that is believed, and what harms nobody and is refused are reported.
    #[arg(long)]
    pub(crate) cheats: bool,
    /// Only what did not come out as claimed when it was last played.
    #[arg(long, conflicts_with_all = ["fresh", "since"])]
    pub(crate) failed: bool,
    /// Only the cases of this name, such as that of a fix, or of this kind: `untouched`, `fix`, `wrong fix`, `reset`. May be given several times.
    #[arg(long = "case", value_name = "NAME")]
    pub(crate) cases: Vec<String>,
    /// Only the variants that changed since a revision, as git has it: `main`, `HEAD~1`. With --budget these come first.
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,
    /// Begin no case after so long: `15m`. What changed is played first, then some of each variant in turn; what is left out is told.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) budget: Option<Duration>,
    /// Play every case, also those that are remembered, and each on a cluster of its own. Without it, a cluster is restored after a case
    /// where that is proved to give the start again, and what nothing has changed for is not played again.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Also say what differs from an earlier run, of which this is the `--output json`: verdicts and events, where both played a case. It fails nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) compare: Option<PathBuf>,
    /// Also write the cases as `JUnit` XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) course: CourseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The lab and the variant.
    #[arg(value_name = "LAB/VARIANT", value_parser = lab_and_variant)]
    pub(crate) what: (String, String),
    /// The course's folder; without it, this one.
    #[arg(long, value_name = "DIR")]
    pub(crate) course: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// A file with `format_version: 1` and the four answers.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["refused_by", "constraint", "must_change", "evidence"])]
    pub(crate) file: Option<PathBuf>,
    /// What kept it from running.
    #[arg(long, value_name = "KEY", requires_all = ["constraint", "must_change", "evidence"], value_parser = keys(REFUSED_BY))]
    pub(crate) refused_by: Option<String>,
    /// Which constraint was not met.
    #[arg(long, value_name = "KEY", requires = "refused_by", value_parser = keys(CONSTRAINT))]
    pub(crate) constraint: Option<String>,
    /// Which object had to change: `deployment/cart`.
    #[arg(long, value_name = "KIND/NAME", requires = "refused_by", value_parser = kind_and_name)]
    pub(crate) must_change: Option<String>,
    /// One line from this session's events or logs, or the part of its message that shows it.
    #[arg(long, value_name = "LINE", requires = "refused_by")]
    pub(crate) evidence: Option<String>,
}

/// Whose syntax `env` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellKind {
    /// sh, bash, zsh.
    Sh,
    /// fish.
    Fish,
}

fn duration(text: &str) -> Result<Duration, String> {
    grade::duration::parse(text)
}

/// `2=a,c`.
fn numbered(text: &str) -> Result<(usize, String), String> {
    let (number, answer) = text.split_once('=').unwrap_or_default();
    match number.trim().parse() {
        Ok(number) if !answer.trim().is_empty() => Ok((number, answer.to_owned())),
        _ => Err("write it as the question's number and the answer, such as `1=b`".to_owned()),
    }
}

/// The keys that may be chosen from, each with its meaning.
fn keys(choices: &'static [Choice]) -> PossibleValuesParser {
    let value = |choice: &'static Choice| {
        PossibleValue::new(choice.key.as_ref()).help(choice.text.as_ref())
    };
    PossibleValuesParser::new(choices.iter().map(value))
}

/// `deployment/cart`, however it is written.
fn kind_and_name(text: &str) -> Result<String, String> {
    diagnosis::object(text)
        .ok_or_else(|| "write it as kind/name, such as `deployment/cart`".to_owned())
}

/// `5` or `2-5`.
fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let (from, to) = text.split_once('-').unwrap_or(("1", text));
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if 1 <= from && from <= to && to - from < 1000 => Ok(from..=to),
        _ => Err("a number such as `5`, or two such as `2-5`, at most 1000 seeds".to_owned()),
    }
}

fn lab_and_variant(text: &str) -> Result<(String, String), String> {
    let (lab, variant) = text
        .split_once('/')
        .ok_or_else(|| "write it as `pending-pod/missing-toleration`".to_owned())?;
    if lab == "images" {
        return Err(
            "a lab may not be called `images`: that folder has the workload models".to_owned(),
        );
    }
    if variant == "base" {
        return Err(
            "a variant may not be called `base`: that folder has what all variants share"
                .to_owned(),
        );
    }
    Ok((folder_name(lab)?, folder_name(variant)?))
}

/// A name of a session, a lab or a variant is a folder's name.
fn folder_name(text: &str) -> Result<String, String> {
    let fits = !text.is_empty()
        && text.len() <= 63
        && !text.starts_with('-')
        && text
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("at most 63 lower case letters, digits and hyphens, no hyphen first".to_owned())
    }
}

#[derive(Debug, Args)]
pub(crate) struct ImageArgs {
    /// Where to write the archive.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Your registry, with a path where it has one: the images are named after it.
    #[arg(long, value_name = "REGISTRY", env = "LABCTL_REGISTRY")]
    pub(crate) registry: String,
    /// The processor of the cluster's nodes.
    #[arg(long, value_name = "ARCHITECTURE", default_value = "amd64", value_parser = ["amd64", "arm64"])]
    pub(crate) architecture: String,
    #[command(flatten)]
    pub(crate) course: CourseArgs,
}
