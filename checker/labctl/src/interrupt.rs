//! Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use session::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The signal handler's flag: one for the process, as signals are.
static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// What is asked for an end then.
static INTERRUPT: LazyLock<Interrupt> = LazyLock::new(|| Interrupt::of(Arc::clone(&INTERRUPTED)));

/// Begins to listen.
pub(crate) fn listen() {
    for signal in [SIGINT, SIGTERM] {
        // They fail only for signals that cannot be caught.
        let _ = flag::register_conditional_shutdown(signal, 130, Arc::clone(&INTERRUPTED));
        let _ = flag::register(signal, Arc::clone(&INTERRUPTED));
    }
}

/// The orderly end of this process.
pub(crate) fn asked() -> &'static Interrupt {
    &INTERRUPT
}
