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

use crate::caller::{Caller, Progress};
use crate::end::End;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::state::Session;

/// How often a lock that another has is tried.
const STEP: Duration = Duration::from_millis(50);

/// A look takes less than that, an eviction more: whoever waits longer says why.
const LOOK: Duration = Duration::from_millis(400);

/// What somebody does at a session. What has a word leaves it in the lock, for others to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Its cluster is started.
    Starting,
    /// Its lab is reset.
    Resetting,
    /// Its cluster is stopped.
    Stopping,
    /// It is removed.
    Removing,
    /// Its file is written.
    Writing,
    /// A check evicts a Pod.
    Evicting,
    /// A check is at work.
    Looking,
    /// It did not say what.
    Unknown,
}

impl Doing {
    /// Those that hold a lock for as long as they do it.
    const HELD: [Self; 5] = [
        Self::Starting,
        Self::Resetting,
        Self::Stopping,
        Self::Removing,
        Self::Writing,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Resetting => "resetting",
            Self::Stopping => "stopping",
            Self::Removing => "removing",
            Self::Writing => "writing",
            Self::Evicting | Self::Looking | Self::Unknown => "",
        }
    }

    fn said(word: &str) -> Self {
        let mut all = Self::HELD.into_iter();
        all.find(|doing| doing.word() == word)
            .unwrap_or(Self::Unknown)
    }
}

/// Takes a session's life; waits for another labctl that has it, and tells so.
///
/// # Errors
/// The lock cannot be taken, or the wait is interrupted.
pub async fn life(place: &Place, doing: Doing, caller: Caller<'_>) -> Result<Lock> {
    wait(place, "life", doing, caller).await
}

/// Whether a labctl is starting, resetting, stopping or removing the session.
#[must_use]
pub fn is_being_changed(place: &Place) -> bool {
    // Where there are no locks, nobody holds one.
    matches!(Lock::attempt(&place.lock("life"), Mode::Shared), Ok(None))
}

/// Takes `session.json`.
pub(crate) async fn file(place: &Place, caller: Caller<'_>) -> Result<Lock> {
    wait(place, "file", Doing::Writing, caller).await
}

async fn wait(place: &Place, what: &str, doing: Doing, caller: Caller<'_>) -> Result<Lock> {
    let path = place.lock(what);
    let taken = caller.blocking(
        move |is_to_end, tell| {
            let mut waiting = |word: &str| tell(Doing::said(word));
            Lock::wait(&path, doing.word(), is_to_end, &mut waiting)
        },
        |other| {
            let session = &place.name();
            caller.tell(Progress::Waiting { session, other });
        },
    );
    taken.await?.ok_or_else(Failure::interrupted)
}

/// What may be seen of a session's cluster.
pub struct Sight<'a> {
    pub(crate) place: &'a Place,
    name: &'a str,
    /// Until when to look, and so to wait for another.
    pub(crate) end: End,
    pub(crate) caller: Caller<'a>,
}

impl<'a> Sight<'a> {
    /// Of this session, until then.
    #[must_use]
    pub fn of(place: &'a Place, session: &'a Session, end: End, caller: Caller<'a>) -> Self {
        Self {
            place,
            name: &session.name,
            end,
            caller,
        }
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
                let other = match mode {
                    Mode::Shared => Doing::Evicting,
                    Mode::Alone => Doing::Looking,
                };
                let session = self.name;
                self.caller.tell(Progress::Waiting { session, other });
            }
        }
    }
}
