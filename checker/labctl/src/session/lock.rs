//! Who may do what to a session while another labctl is at it.
//!
//! Three locks: whoever starts, resets, stops or removes a session holds its *life*; whoever changes `session.json` holds its
//! *file* for that moment; whoever looks at the cluster shares its *sight* with others who look, and has it alone while
//! it evicts a Pod, which the others must not see. The file is taken last, and for no longer than a write. Who holds one life
//! may wait for that of the current session; a session is made current only by the holder of its life, so that no
//! ring of waiting can close.

use std::time::Duration;

use provider::lock::{Lock, Mode};
use tokio::time::Instant;

use super::{Place, Session};
use crate::end::End;
use crate::failure::{Failure, Result};
use crate::{interrupt, screen};

/// How often a lock that another has is tried.
const STEP: Duration = Duration::from_millis(50);

/// A look takes less than that, an eviction more: whoever waits longer says why.
const LOOK: Duration = Duration::from_millis(400);

/// What is done to a session's life; others read it in `another labctl is starting session …`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Starting,
    Resetting,
    Stopping,
    Removing,
}

impl Doing {
    fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Resetting => "resetting",
            Self::Stopping => "stopping",
            Self::Removing => "removing",
        }
    }
}

/// Takes a session's life; waits for another labctl that has it, and says so.
///
/// # Errors
/// The lock cannot be taken, or the person interrupts the wait.
pub(crate) fn life(place: &Place, doing: Doing) -> Result<Lock> {
    wait(place, "life", doing.word())
}

/// Whether a labctl is starting, resetting, stopping or removing the session.
pub(crate) fn is_being_changed(place: &Place) -> bool {
    // Where there are no locks, nobody holds one.
    matches!(Lock::attempt(&place.lock("life"), Mode::Shared), Ok(None))
}

/// Takes `session.json`.
pub(super) fn file(place: &Place) -> Result<Lock> {
    wait(place, "file", "writing the file of")
}

fn wait(place: &Place, what: &str, doing: &str) -> Result<Lock> {
    let name = place.folder().file_name().unwrap_or_default();
    let path = place.lock(what);
    let mut waiting = |word: &str| {
        let word = if word.is_empty() { "using" } else { word };
        let name = name.to_string_lossy();
        screen::say(&format!(
            "another labctl is {word} session `{name}`: waiting"
        ));
    };
    Lock::wait(&path, doing, &interrupt::is_asked, &mut waiting)?.ok_or_else(Failure::interrupted)
}

/// What may be seen of a session's cluster.
pub(crate) struct Sight<'a> {
    pub(crate) place: &'a Place,
    name: &'a str,
    /// Until when to look, and so to wait for another.
    pub(crate) end: End,
}

impl<'a> Sight<'a> {
    pub(crate) fn of(place: &'a Place, session: &'a Session, end: End) -> Self {
        let name = &session.name;
        Self { place, name, end }
    }

    /// To look, beside others who look. `None` when the time is up before another has done with its eviction.
    pub(crate) async fn shared(&self) -> Result<Option<Lock>> {
        self.take(Mode::Shared).await
    }

    /// To evict a Pod, which nobody else should see. `None` as above.
    pub(crate) async fn alone(&self) -> Result<Option<Lock>> {
        self.take(Mode::Alone).await
    }

    async fn take(&self, mode: Mode) -> Result<Option<Lock>> {
        let path = self.place.lock("sight");
        let mut step = tokio::time::interval(STEP);
        let begun = Instant::now();
        let mut told = false;
        loop {
            step.tick().await;
            if let Some(lock) = Lock::attempt(&path, mode)? {
                return Ok(Some(lock));
            }
            if self.end.is_over() {
                return Ok(None);
            }
            if !told && begun.elapsed() >= LOOK {
                told = true;
                let at = match mode {
                    Mode::Shared => "evicting a Pod",
                    Mode::Alone => "at work",
                };
                let name = self.name;
                screen::say(&format!(
                    "another check of session `{name}` is {at}: waiting"
                ));
            }
        }
    }
}
