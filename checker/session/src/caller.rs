//! Whoever asks for something that takes long: hears what happens meanwhile, and may end it.
//!
//! Knows what happens, not how it is shown.

use std::future::Future;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use provider::{Making, Starting};
use tokio::sync::mpsc;

use crate::failure::{Failure, Result};
use crate::lock::Doing;

/// How soon an interruption is noticed.
const NOTICED_WITHIN: Duration = Duration::from_millis(50);

/// An orderly end that somebody may ask for, of all that was begun with it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// One that is asked for when this flag is set, such as by a signal.
    #[must_use]
    pub fn of(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Asks for it.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends when it is asked for.
    pub async fn asked(&self) {
        let mut step = tokio::time::interval(NOTICED_WITHIN);
        while !self.is_asked() {
            step.tick().await;
        }
    }
}

/// A step of what takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Control plane and nodes start.
    Starting {
        /// How many nodes.
        nodes: usize,
    },
    /// A cluster that exists is asked whether the lab may be made there.
    Reaching,
    /// What is to be broken is broken, and its symptom is waited for.
    SettingUp,
    /// A lab that was set up anew is compared with its start.
    Comparing,
    /// A cluster is brought back to the start of its lab.
    Restoring,
    /// A cluster is removed.
    Removing,
    /// What a lab has in a cluster that exists is removed.
    Clearing,
    /// A cluster is stopped.
    Stopping {
        /// Whose.
        session: &'a str,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A step begins.
    Begun(Step<'a>),
    /// What all clusters share is made.
    Making(Making),
    /// More about starting.
    Came(Starting),
    /// All was written that a lab needs, and its symptom is to show.
    AwaitingSymptom,
    /// All else holds: what takes long or evicts is asked.
    AskingLast {
        /// Whether a Pod is evicted.
        evicts: bool,
    },
    /// That was answered.
    AskedLast,
    /// A cluster cannot be brought back to its start: another is made.
    NotRestored {
        /// What differs.
        why: &'a str,
    },
    /// The step is over. One that fails is never over: the error tells.
    Over(Step<'a>),
    /// Another is at the session: waits for it.
    Waiting {
        /// Which session.
        session: &'a str,
        /// What the other does.
        other: Doing,
    },
    /// The session that was current was stopped, for another takes its place.
    Left {
        /// Which session.
        session: &'a str,
    },
    /// The files of the lab before are kept there.
    KeptAside(PathBuf),
}

/// Whoever asks.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    interrupt: &'a Interrupt,
    tell: &'a (dyn Fn(Progress<'_>) + Send + Sync),
}

impl<'a> Caller<'a> {
    /// Hears through `tell`, and may end it by `interrupt`.
    #[must_use]
    pub fn new(interrupt: &'a Interrupt, tell: &'a (dyn Fn(Progress<'_>) + Send + Sync)) -> Self {
        Self { interrupt, tell }
    }

    /// One that does not want to hear.
    #[must_use]
    pub fn quiet(interrupt: &'a Interrupt) -> Self {
        Self::new(interrupt, &|_| {})
    }

    /// Whether it is to end.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_asked()
    }

    pub(crate) fn tell(&self, what: Progress<'_>) {
        (self.tell)(what);
    }

    /// Does the work to its end, or to an interruption: then it is dropped where it stands.
    ///
    /// # Errors
    /// Those of the work, or the interruption.
    pub async fn unless_interrupted<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.interrupt.asked() => Err(Failure::interrupted()),
        }
    }

    /// Does work that blocks beside the asynchronous one. It is handed what says whether it is to end, and whom to tell; when nobody awaits it
    /// any more, it is to end too.
    pub(crate) async fn blocking<T: Send + 'static, P: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Fn() -> bool, &mut dyn FnMut(P)) -> T + Send + 'static,
        told: impl Fn(P),
    ) -> T {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let awaited = Awaited::default();
        let (interrupt, forgotten) = (self.interrupt.clone(), Arc::clone(&awaited.0));
        let working = tokio::task::spawn_blocking(move || {
            let is_to_end = || interrupt.is_asked() || forgotten.load(Ordering::Relaxed);
            // It is heard until it has ended, unless nobody awaits it any more.
            work(&is_to_end, &mut |what| drop(sender.send(what)))
        });
        while let Some(what) = receiver.recv().await {
            told(what);
        }
        joined(working.await)
    }
}

/// Does work that blocks for a moment and tells nothing.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    joined(tokio::task::spawn_blocking(work).await)
}

/// Such work is never cancelled; where it panicked, so does whoever awaits it.
fn joined<T>(ended: std::result::Result<T, tokio::task::JoinError>) -> T {
    ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// Is set when what holds it is dropped.
#[derive(Default)]
struct Awaited(Arc<AtomicBool>);

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
