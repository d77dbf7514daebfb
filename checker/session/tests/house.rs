//! The house's arrows, and that this crate prints nothing and knows nothing of a screen.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use provider::Folders;
use session::hint::{hint, reveal};
use session::lock::{Doing, life};
use session::start::{How, Wanted, start};
use session::stop::{Ending, stop};
use session::{Caller, Interrupt, Progress, Sessions, Why};

/// Whom each crate may know of ours; ARCHITECTURE.md says why.
const ARROWS: [(&str, &[&str]); 7] = [
    ("grade", &[]),
    ("provider", &[]),
    ("cluster", &["grade"]),
    ("session", &["cluster", "grade", "provider"]),
    ("book", &["grade"]),
    ("course", &["book", "grade"]),
    (
        "labctl",
        &["book", "cluster", "grade", "provider", "session"],
    ),
];

/// What only somebody with a screen or a command line needs.
const OF_A_SCREEN: [&str; 10] = [
    "print!(",
    "println!(",
    "dbg!(",
    "stdout()",
    "stderr()",
    "stdin()",
    "is_terminal",
    "args()",
    "args_os()",
    "ExitCode",
];

/// The libraries for that.
const LIBRARIES: [&str; 7] = [
    "anstream",
    "anstyle",
    "clap",
    "indicatif",
    "inquire",
    "signal-hook",
    "textwrap",
];

/// Files and folders of the sandbox. (A lab's own folder of models is `scenarios/images/`.)
const OF_THE_SANDBOX: [&str; 15] = [
    "audit.from",
    "audit.log",
    "beliefs.json",
    "api.sock",
    "components.jsonl",
    "goroutines.txt",
    "ready.json",
    "sandbox.log",
    ".kubeconfig\"",
    "join(\"cluster",
    "join(\"images",
    "join(\"nodes",
    "join(\"pki",
    "\"etcd\"",
    "sandbox::",
];

fn checker() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names that a crate's manifest has below `[dependencies]`.
fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(checker().join(name).join("Cargo.toml")).unwrap();
    let from = manifest.split("[dependencies]\n").nth(1).unwrap();
    let lines = from.lines().take_while(|line| !line.starts_with('['));
    let name = |line: &str| line.split(['.', ' ', '=']).next().map(str::to_owned);
    lines
        .filter_map(name)
        .filter(|name| !name.is_empty())
        .collect()
}

/// All Rust files below a folder, with what is in them.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn a_crate_knows_of_ours_what_its_arrows_say() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (name, expected) in ARROWS {
        let all = dependencies(name);
        let known: Vec<&str> = ours
            .iter()
            .copied()
            .filter(|one| all.contains(*one))
            .collect();
        assert_eq!(known, expected, "`{name}` knows these of ours");
    }
    let folders = fs::read_dir(checker()).unwrap().flatten();
    let crates = folders.filter(|folder| folder.path().join("Cargo.toml").exists());
    assert_eq!(crates.count(), ARROWS.len(), "each crate has its arrows");
}

#[test]
fn the_session_prints_nothing_and_knows_no_screen() {
    let own = sources(&checker().join("session/src"));
    assert!(own.len() > 10, "where are they?");
    for (path, text) in own {
        for word in OF_A_SCREEN {
            assert!(!text.contains(word), "`{}` has `{word}`", path.display());
        }
    }
    let known = dependencies("session");
    for library in LIBRARIES {
        assert!(!known.contains(library), "it links `{library}`");
    }
}

#[test]
fn only_the_provider_names_the_sandboxs_files() {
    for (name, _) in ARROWS.iter().filter(|(name, _)| *name != "provider") {
        for (path, text) in sources(&checker().join(name).join("src")) {
            for word in OF_THE_SANDBOX {
                assert!(!text.contains(word), "`{}` has `{word}`", path.display());
            }
        }
    }
    // A word that the provider does not have either forbids nothing.
    let own = sources(&checker().join("provider/src"));
    for word in OF_THE_SANDBOX {
        let is_named = own.iter().any(|(_, text)| text.contains(word));
        assert!(is_named, "the provider has no `{word}`");
    }
}

#[tokio::test]
async fn a_lab_is_begun_and_ended_where_a_runtime_runs_already() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions {
        folders: Folders {
            state: home.path().join("state"),
            cache: home.path().join("cache"),
        },
    };
    let heard = Mutex::new(Vec::new());
    let tell = |what: Progress<'_>| heard.lock().unwrap().push(format!("{what:?}"));
    let interrupt = Interrupt::default();
    let caller = Caller::new(&interrupt, &tell);
    let wanted = |seed| Wanted {
        chosen: None,
        lab: "cluster-boundary",
        variant: None,
        seed: Some(seed),
        course: None,
        named: None,
    };
    let started = start(&sessions, wanted(1), caller).await.unwrap();
    assert_eq!(started.how, How::SetUp);
    let (session, first) = hint(&sessions, &started.session, &started.scenario, None, caller)
        .await
        .unwrap();
    assert_eq!((first.number, first.counted), (1, true));
    let again = start(&sessions, wanted(1), caller).await.unwrap();
    assert_eq!(again.how, How::Ran);
    reveal(&sessions, &session, caller).await.unwrap();
    start(&sessions, wanted(2), caller).await.unwrap();
    stop(&sessions, None, Ending::Purge, caller).await.unwrap();
    assert!(sessions.names().is_empty());
    let heard = heard.into_inner().unwrap();
    let kept = heard.iter().filter(|what| what.starts_with("KeptAside("));
    assert_eq!((heard.len(), kept.count()), (1, 1), "{heard:?}");
}

#[tokio::test]
async fn an_interruption_ends_a_wait_for_another() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions {
        folders: Folders {
            state: home.path().join("state"),
            cache: home.path().join("cache"),
        },
    };
    let interrupt = Interrupt::default();
    let place = sessions.place("a");
    let _held = life(&place, Doing::Resetting, Caller::quiet(&interrupt))
        .await
        .unwrap();
    let heard = Mutex::new(Vec::new());
    // As soon as it says that it waits.
    let tell = |what: Progress<'_>| {
        heard.lock().unwrap().push(format!("{what:?}"));
        interrupt.ask();
    };
    let caller = Caller::new(&interrupt, &tell);
    let failure = life(&place, Doing::Stopping, caller).await.unwrap_err();
    assert_eq!(failure.why, Why::Interrupted);
    let heard = heard.into_inner().unwrap();
    assert_eq!(heard, [r#"Waiting { session: "a", other: Resetting }"#]);
}
