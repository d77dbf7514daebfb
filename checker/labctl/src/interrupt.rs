//! Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The signal handler's flag: one for the process, as signals are.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Begins to listen.
pub(crate) fn listen() {
    for signal in [SIGINT, SIGTERM] {
        // They fail only for signals that cannot be caught.
        let _ = flag::register_conditional_shutdown(signal, 130, Arc::clone(&INTERRUPTED));
        let _ = flag::register(signal, Arc::clone(&INTERRUPTED));
    }
}

/// Whether an orderly end was asked for.
pub(crate) fn is_asked() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Ends when an orderly end is asked for.
pub(crate) async fn asked() {
    let mut step = tokio::time::interval(Duration::from_millis(50));
    while !is_asked() {
        step.tick().await;
    }
}
