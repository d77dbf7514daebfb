//! A lab's shell never reaches an AWS account of the person's own: `aws` and `eksctl` stand for nothing, and no other program
//! finds credentials.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::book::program;
use crate::support::{Home, Run, run};

/// What an AWS SDK sees in the shell of a lab.
const WITHOUT_AWS: &str = "AWS_CONFIG_FILE=/dev/null\nAWS_EC2_METADATA_DISABLED=true\nAWS_SHARED_CREDENTIALS_FILE=/dev/null\n";

/// What a learner types who is used to an account.
const TYPED: &str =
    "aws eks list-clusters; echo code $?; eksctl get cluster; env | grep ^AWS_ | sort\n";

#[test]
fn no_program_of_a_lab_reaches_an_account_of_the_persons_own() {
    let person = Person::new();
    let start = [
        "start",
        "pending-pod",
        "--variant",
        "missing-toleration",
        "--seed",
        "1",
    ];
    person.home.expect(0, &start);
    in_a_shell(&person);
    in_bash_with_settings_of_their_own(&person);
    in_a_second_terminal(&person);
}

fn in_a_shell(person: &Person) {
    let mut shell = person.home.command(&["shell"]);
    let said = type_into(person.at(&mut shell).env("SHELL", "/bin/sh"), TYPED);
    assert_eq!(said.stdout, format!("code 1\n{WITHOUT_AWS}"), "{said}");
    for name in ["aws", "eksctl"] {
        let refusal = format!(
            "error: there is no AWS in this lab, so `{name}` was not run and nothing was sent\n"
        );
        assert!(said.stderr.contains(&refusal), "{said}");
    }
}

/// A person's own settings come after the environment, and labctl's come after them.
fn in_bash_with_settings_of_their_own(person: &Person) {
    let settings = format!(
        "export PATH={} AWS_PROFILE=production\nalias eksctl={1}/eksctl\naws() {{ {1}/aws \"$@\"; }}\n",
        person.path(),
        person.programs.display()
    );
    fs::write(person.home.path().join(".bashrc"), settings).unwrap();
    type_into(
        person.home.command(&["shell"]).env("SHELL", "/bin/bash"),
        "",
    );
    let mut bash = Command::new("bash");
    bash.arg("--rcfile")
        .arg(person.home.session("pending-pod").join("shell/bashrc"))
        .args(["-i", "-c", TYPED])
        .env("HOME", person.home.path())
        .stdin(Stdio::null());
    let said = run(person.at(&mut bash));
    assert_eq!(said.stdout, format!("code 1\n{WITHOUT_AWS}"), "{said}");
}

fn in_a_second_terminal(person: &Person) {
    let lines = run(person.at(&mut person.home.command(&["env"])));
    assert!(
        lines
            .stderr
            .starts_with("AWS_ACCESS_KEY_ID stays set in this terminal"),
        "{lines}"
    );
    let mut terminal = Command::new("sh");
    terminal
        .arg("-c")
        .arg(format!("{}\naws s3 ls; echo code $?", lines.stdout));
    let said = run(person.at(&mut terminal));
    assert_eq!(said.stdout, "code 1\n", "{said}");
}

/// Somebody with an AWS account: programs that reach it first on the `PATH`, and credentials in the environment.
struct Person {
    home: Home,
    programs: PathBuf,
}

impl Person {
    fn new() -> Self {
        let home = Home::new();
        let programs = home.path().join("programs");
        fs::create_dir(&programs).unwrap();
        for name in ["aws", "eksctl"] {
            program(&programs.join(name), "echo REACHED");
        }
        Self { home, programs }
    }

    fn path(&self) -> String {
        let rest = std::env::var("PATH").unwrap();
        format!("{}:{rest}", self.programs.display())
    }

    fn at<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("PATH", self.path())
            .env("AWS_PROFILE", "production")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    }
}

/// Runs a command with these lines on its standard input.
fn type_into(command: &mut Command, lines: &str) -> Run {
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    running
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let output = running.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
