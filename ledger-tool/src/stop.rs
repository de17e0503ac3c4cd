//! Ctrl-C: the first one asks for an end in order, the second one ends at once.
//!
//! An end at any moment is safe for a store; an end in order says how far it came.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use crate::failure::{Exit, Failure};

/// Whether an end was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let asked = Arc::new(AtomicBool::new(false));
        set_on_ctrl_c(&asked).map_err(Failure::io("listen for", "Ctrl-C"))?;
        Ok(Self(asked))
    }

    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Sets the flag with the first Ctrl-C, ends with the second one.
fn set_on_ctrl_c(asked: &Arc<AtomicBool>) -> io::Result<()> {
    // One that came while the handlers are put in place would be lost, so it waits until they are.
    let mask = SigSet::from(Signal::SIGINT).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    // In this order: the second signal finds the flag set by the first.
    let code = i32::from(Exit::Interrupted as u8);
    flag::register_conditional_shutdown(SIGINT, code, Arc::clone(asked))?;
    flag::register(SIGINT, Arc::clone(asked))?;
    Ok(mask.thread_set_mask()?)
}

/// A file that ends when an end is asked for, also while it waits for input.
#[derive(Debug)]
pub(crate) struct UntilStopped {
    file: File,
    stop: Stop,
}

impl UntilStopped {
    pub(crate) const fn new(file: File, stop: Stop) -> Self {
        Self { file, stop }
    }
}

impl Read for UntilStopped {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        // A signal between the look at the flag and the wait is seen when the wait times out.
        const WAIT: Timespec = Timespec {
            tv_sec: 0,
            tv_nsec: 200_000_000,
        };
        while !self.stop.asked() {
            let mut ready = [PollFd::new(&self.file, PollFlags::IN)];
            match poll(&mut ready, Some(&WAIT)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return self.file.read(buf),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(0)
    }
}
