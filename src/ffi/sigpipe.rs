//! A peer that resets a connection while we write makes the kernel raise SIGPIPE, which ends a
//! plain C program. Kept from the host without touching what it has set up for the whole process.

use std::mem::MaybeUninit;

/// While it lives, SIGPIPE is blocked on this thread. One that came meanwhile is swallowed, one
/// that was pending before is left to the host.
pub struct PipeShield {
    before: libc::sigset_t,
    was_pending: bool,
}

impl PipeShield {
    pub fn raise() -> Option<PipeShield> {
        let pipe = pipe_only();
        let was_pending = is_pending();
        let mut before = MaybeUninit::uninit();
        // SAFETY: both sets are valid for the call; the old mask is written where it says so.
        // Changes the mask of this thread only.
        let blocked = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &pipe, before.as_mut_ptr()) };
        if blocked != 0 {
            return None;
        }
        // SAFETY: pthread_sigmask succeeded, so it has written the old mask.
        let before = unsafe { before.assume_init() };
        Some(PipeShield {
            before,
            was_pending,
        })
    }
}

impl Drop for PipeShield {
    fn drop(&mut self) {
        if !self.was_pending && is_pending() {
            let now = libc::timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            // SAFETY: valid pointers; a NULL siginfo is allowed. Waits for no time at all.
            unsafe { libc::sigtimedwait(&pipe_only(), std::ptr::null_mut(), &now) };
        }
        // SAFETY: `before` is the mask this thread had; a NULL old mask is allowed.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut()) };
    }
}

fn pipe_only() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set it is given; sigaddset then gets an initialised one.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigpending initialises the set, and its result is checked before the set is read.
    unsafe {
        libc::sigpending(set.as_mut_ptr()) == 0
            && libc::sigismember(set.as_ptr(), libc::SIGPIPE) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> libc::sigset_t {
        let mut set = MaybeUninit::uninit();
        // SAFETY: a NULL new mask only asks for the old one.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), set.as_mut_ptr());
            set.assume_init()
        }
    }

    #[test]
    fn swallows_its_own_and_restores_the_mask() {
        // SAFETY: a valid set.
        let blocked = || unsafe { libc::sigismember(&mask(), libc::SIGPIPE) } == 1;
        assert!(!blocked());
        let shield = PipeShield::raise();
        assert!(shield.is_some() && blocked());
        // SAFETY: raises a signal that is blocked on this thread.
        unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE) };
        assert!(is_pending());
        drop(shield);
        assert!(!blocked() && !is_pending());
    }
}
