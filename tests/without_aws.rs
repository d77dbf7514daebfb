//! A lab's shell never reaches an AWS account of the person's own: nothing but a refusal stands behind `aws` and `eksctl`, and
//! no other program finds credentials.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use predicates::prelude::*;

use crate::book::program;
use crate::support::{Home, START, stdout};

/// What an AWS SDK sees in the shell of a lab.
const WITHOUT_AWS: &str = "AWS_CONFIG_FILE=/dev/null\nAWS_EC2_METADATA_DISABLED=true\nAWS_SHARED_CREDENTIALS_FILE=/dev/null\n";

/// What a learner types who is used to an account.
const TYPED: &str =
    "aws eks list-clusters; echo code $?; eksctl get cluster; env | grep ^AWS_ | sort\n";

#[test]
fn no_program_of_a_lab_reaches_an_account_of_the_persons_own() {
    let person = Person::new();
    person.home.expect(0, &START);
    in_a_shell(&person);
    in_bash_with_settings_of_their_own(&person);
    in_a_second_terminal(&person);
}

fn in_a_shell(person: &Person) {
    let refusal = |name: &str| {
        predicate::str::contains(format!(
            "error: there is no AWS in this lab, so `{name}` was not run and nothing was sent\n"
        ))
    };
    let mut shell = person.home.labctl(&["shell"]);
    person
        .at(&mut shell)
        .env("SHELL", "/bin/sh")
        .write_stdin(TYPED)
        .assert()
        .success()
        .stdout(format!("code 1\n{WITHOUT_AWS}"))
        .stderr(refusal("aws").and(refusal("eksctl")));
}

/// A person's own settings come after the environment, and labctl's come after them.
fn in_bash_with_settings_of_their_own(person: &Person) {
    let settings = format!(
        "export PATH={} AWS_PROFILE=production\nalias eksctl={1}/eksctl\naws() {{ {1}/aws \"$@\"; }}\n",
        person.path(),
        person.programs.display()
    );
    fs::write(person.home.path().join(".bashrc"), settings).unwrap();
    person
        .home
        .labctl(&["shell"])
        .env("SHELL", "/bin/bash")
        .assert()
        .success();
    // An interactive bash has these settings; its own words on a missing terminal go to standard error.
    let settings = person.home.session("pending-pod").join("shell/bashrc");
    let mut bash = Command::new("bash");
    bash.arg("--rcfile").arg(settings).args(["-i", "-c", TYPED]);
    person
        .at(&mut bash)
        .env("HOME", person.home.path())
        .assert()
        .stdout(format!("code 1\n{WITHOUT_AWS}"));
}

fn in_a_second_terminal(person: &Person) {
    let lines = person.at(&mut person.home.labctl(&["env"])).assert();
    let lines = lines.success().stderr(predicate::str::starts_with(
        "AWS_ACCESS_KEY_ID stays set in this terminal",
    ));
    let mut terminal = Command::new("sh");
    terminal
        .arg("-c")
        .arg(format!("{}\naws s3 ls; echo code $?", stdout(&lines)));
    person.at(&mut terminal).assert().stdout("code 1\n");
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
