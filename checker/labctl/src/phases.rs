//! Progress of long work on standard error: a bar or a spinner at a terminal, lines elsewhere.

use std::fmt;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::screen;

/// The phases of a command, one after the other. Whoever works tells of them from wherever it is.
pub(crate) struct Phases {
    is_terminal: bool,
    phase: Mutex<Option<Phase>>,
}

struct Phase {
    bar: ProgressBar,
    text: String,
    started: Instant,
    /// The last tenth that was told, where there is no terminal.
    told: u64,
    /// Nothing is said when it is over.
    is_silent: bool,
}

impl Phases {
    pub(crate) fn new() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            phase: Mutex::new(None),
        }
    }

    fn phase(&self) -> MutexGuard<'_, Option<Phase>> {
        // A bar is as good as before, wherever somebody crashed.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A phase begins: `text` says what is being done.
    pub(crate) fn begin(&self, text: &str) {
        let bar = if self.is_terminal {
            let bar = ProgressBar::new_spinner();
            set_style(&bar, "  {spinner} {wide_msg}  {took}");
            bar.set_message(text.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        } else {
            screen::say(&format!("  {text}"));
            ProgressBar::hidden()
        };
        *self.phase() = Some(Phase {
            bar,
            text: text.to_owned(),
            started: Instant::now(),
            told: 0,
            is_silent: false,
        });
    }

    /// Something that is over without a word ([`Phases::passed`]): more about the phase, or where there is none one of its own, seen at a
    /// terminal alone.
    pub(crate) fn meanwhile(&self, text: &str) {
        if self.phase().is_some() {
            return self.detail(text);
        }
        if self.is_terminal {
            self.begin(text);
            if let Some(phase) = &mut *self.phase() {
                phase.is_silent = true;
            }
        }
    }

    /// What was begun by [`Phases::meanwhile`] is over.
    pub(crate) fn passed(&self) {
        let mut phase = self.phase();
        if let Some(phase) = phase.take_if(|phase| phase.is_silent) {
            phase.bar.finish_and_clear();
        }
        if let Some(phase) = &*phase {
            phase.bar.set_message(phase.text.clone());
        }
    }

    /// More about the phase, such as `3 of 5 nodes`.
    pub(crate) fn detail(&self, detail: &str) {
        if let Some(phase) = &*self.phase() {
            phase.bar.set_message(format!("{}: {detail}", phase.text));
        }
    }

    /// A line that stays, while the phase goes on.
    pub(crate) fn note(&self, text: &str) {
        match &*self.phase() {
            Some(phase) => phase.bar.suspend(|| screen::say(text)),
            None => screen::say(text),
        }
    }

    /// So many of so many.
    pub(crate) fn count(&self, done: usize, of: usize, what: &str) {
        let is_terminal = self.is_terminal;
        let mut phase = self.phase();
        let Some(phase) = &mut *phase else {
            return;
        };
        let (done, of) = (done as u64, of.max(1) as u64);
        if is_terminal {
            if phase.bar.length() != Some(of) {
                phase.bar.set_length(of);
                // What was told before the counting began is over, and a line wider than the terminal would break.
                phase.bar.set_message(phase.text.clone());
                let template =
                    format!("  {{msg}}  {{bar:20}}  {{human_pos}}/{{human_len}} {what}  {{took}}");
                set_style(&phase.bar, &template);
            }
            phase.bar.set_position(done);
        } else if done * 10 / of > phase.told {
            phase.told = done * 10 / of;
            let text = format!("  {}: {done}/{of} {what}", phase.text);
            screen::say(&text);
        }
    }

    /// The phase is over and this is what came of it.
    pub(crate) fn done(&self, text: &str) {
        if let Some(phase) = self.phase().take() {
            phase.bar.finish_and_clear();
            screen::say(&screen::phase_done(text, phase.started.elapsed()));
        }
    }
}

impl Drop for Phases {
    /// A phase that failed leaves no half-drawn bar behind.
    fn drop(&mut self) {
        if let Some(phase) = self.phase().take() {
            phase.bar.finish_and_clear();
        }
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    // The templates are fixed texts; with a wrong one the bar keeps its default style.
    if let Ok(style) = ProgressStyle::with_template(template) {
        let took = |state: &ProgressState, text: &mut dyn fmt::Write| {
            // A time that cannot be written is not worth an error.
            let _ = text.write_str(&screen::span(state.elapsed()));
        };
        bar.set_style(style.with_key("took", took).progress_chars("━╸ "));
    }
}
