//! The machinery of the boundary: pointers in, results out, panics and signals kept inside.
//! Every exported function goes through `guarded` or `contained`.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::sigpipe::PipeShield;
use super::sp_status;
use crate::status::Status;

thread_local! {
    /// Whether this thread is inside the library, so that a panic's text is not printed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` so that nothing of it gets out: no panic, no text on stderr, no SIGPIPE.
/// None where it panicked.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let _shield = PipeShield::raise();
    contained(work)
}

/// The same for functions that only read an object or a number: they write to no socket, so the
/// signal mask need not be touched for them.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    keep_panics_quiet();
    let was_inside = INSIDE.replace(true);
    // AssertUnwindSafe: a call that panics leaves nothing half changed that a later call reads.
    // Clients change only through atomics, configs are left as they were or are the caller's to free.
    let result = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(test)]
        injected::panic_if_armed();
        work()
    }));
    INSIDE.set(was_inside);
    match result {
        Ok(value) => Some(value),
        Err(payload) => {
            // Dropping a payload may panic again, and it is a few bytes.
            std::mem::forget(payload);
            None
        }
    }
}

/// `guarded` for functions that give a status only.
pub fn status_of(work: impl FnOnce() -> Result<(), Status>) -> sp_status {
    match guarded(work) {
        Some(Ok(())) => Status::SP_OK.code(),
        Some(Err(status)) => status.code(),
        None => Status::SP_ERR_PANIC.code(),
    }
}

/// # Safety
/// `out` is NULL or valid for writing a `T`.
pub unsafe fn write<T>(out: *mut T, value: T) {
    if !out.is_null() {
        // SAFETY: not NULL, so the caller promises that it is writable. `write` drops nothing:
        // what stood there before may be garbage.
        unsafe { out.write(value) };
    }
}

/// Borrows an object of the caller's.
///
/// # Safety
/// `pointer` is NULL or points to a live `T` that nobody changes for `'a`.
pub unsafe fn borrow<'a, T>(pointer: *const T) -> Result<&'a T, Status> {
    // SAFETY: the caller promises that it is NULL or live.
    unsafe { pointer.as_ref() }.ok_or(Status::SP_ERR_NULL_ARGUMENT)
}

/// The same, for changing it.
///
/// # Safety
/// `pointer` is NULL or points to a live `T` that nobody else uses for `'a`.
pub unsafe fn borrow_mut<'a, T>(pointer: *mut T) -> Result<&'a mut T, Status> {
    // SAFETY: the caller promises that it is NULL or live and not used by others.
    unsafe { pointer.as_mut() }.ok_or(Status::SP_ERR_NULL_ARGUMENT)
}

/// Reads a string of the caller's.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and does not change for `'a`.
pub unsafe fn text<'a>(text: *const c_char) -> Result<&'a str, Status> {
    // SAFETY: the caller promises the same.
    unsafe { optional_text(text) }?.ok_or(Status::SP_ERR_NULL_ARGUMENT)
}

/// The same, where NULL is allowed.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and does not change for `'a`.
pub unsafe fn optional_text<'a>(text: *const c_char) -> Result<Option<&'a str>, Status> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, so the caller promises that it is NUL-terminated and stays as it is.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str()
        .map(Some)
        .map_err(|_| Status::SP_ERR_INVALID_UTF8)
}

/// Frees an object. NULL is allowed.
///
/// # Safety
/// `pointer` is NULL or came from `Box::into_raw` of a `Box<T>` and was not freed before.
pub unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: not NULL, so the caller promises that it is a box's and still ours to free.
        guarded(|| drop(unsafe { Box::from_raw(pointer) }));
    }
}

/// A panic is reported by its status; its text on the host's stderr would be noise, or worse.
/// Panics of the host's own, in a Rust program that links this crate, go where they went before.
fn keep_panics_quiet() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.swap(true, Ordering::Relaxed) {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !INSIDE.get() {
            before(info);
        }
    }));
}

/// A defect on demand, for the test that puts one behind every exported function.
#[cfg(test)]
pub mod injected {
    use std::cell::Cell;

    thread_local! {
        static ARMED: Cell<bool> = const { Cell::new(false) };
    }

    pub fn arm() {
        ARMED.set(true);
    }

    /// Whether the panic has been used up.
    pub fn disarm() -> bool {
        !ARMED.replace(false)
    }

    pub fn panic_if_armed() {
        if ARMED.replace(false) {
            panic!("a defect, injected");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_code() {
        assert_eq!(
            status_of(|| panic!("a defect")),
            Status::SP_ERR_PANIC.code()
        );
        assert!(!INSIDE.get());
    }
}
