//! `sp_result`: what a call gave back, as C reads it. One thread at a time.

#![allow(non_camel_case_types)]

use std::ffi::{CString, c_char};

use super::{boundary, sp_status};
use crate::outcome::Report;
use crate::status::Status;

/// The result of a call. Belongs to whoever called; lives until `sp_result_free`.
pub struct sp_result {
    status: Status,
    message: CString,
    json: CString,
    action_id: Option<CString>,
    http_status: i32,
    retryable: bool,
    retry_after_ms: i64,
}

impl sp_result {
    pub fn new(report: Report) -> sp_result {
        sp_result {
            status: report.status,
            message: c_string(report.message),
            json: c_string(report.document.to_string()),
            action_id: report.action_id.map(c_string),
            http_status: report.http_status.into(),
            retryable: report.retryable,
            retry_after_ms: i64::try_from(report.retry_after_ms).unwrap_or(i64::MAX),
        }
    }
}

/// `guarded` for functions that give a result: writes `*out` whatever happens, NULL for the
/// caller's mistakes.
///
/// # Safety
/// `out` is NULL or valid for writing a pointer.
pub unsafe fn result_of(
    out: *mut *mut sp_result,
    work: impl FnOnce() -> Result<Report, Status>,
) -> sp_status {
    // SAFETY: the caller promises that `out` is NULL or writable.
    unsafe { boundary::write(out, std::ptr::null_mut()) };
    let done = boundary::guarded(|| {
        let report = work()?;
        let status = report.status;
        // Nobody to give it to: no need to make it.
        let result = if out.is_null() {
            std::ptr::null_mut()
        } else {
            Box::into_raw(Box::new(sp_result::new(report)))
        };
        Ok::<_, Status>((status, result))
    });
    match done {
        Some(Ok((status, result))) => {
            // SAFETY: as above.
            unsafe { boundary::write(out, result) };
            status.code()
        }
        Some(Err(status)) => status.code(),
        None => Status::SP_ERR_PANIC.code(),
    }
}

/// JSON escapes NUL, and in a sentence it has no place.
fn c_string(mut text: String) -> CString {
    text.retain(|c| c != '\0');
    CString::new(text).unwrap_or_default()
}

/// What a result says, read by `read`; `none` for NULL.
///
/// # Safety
/// `result` is NULL or a live result.
unsafe fn told<T: Copy>(
    result: *const sp_result,
    none: T,
    read: impl FnOnce(&sp_result) -> T,
) -> T {
    // SAFETY: the caller promises a live result or NULL.
    let told = boundary::contained(|| unsafe { boundary::borrow(result) }.map_or(none, read));
    told.unwrap_or(none)
}

/// The status the call returned. `SP_ERR_NULL_ARGUMENT` for NULL.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_status(result: *const sp_result) -> sp_status {
    let status = boundary::contained(|| {
        // SAFETY: the caller promises a live result or NULL.
        unsafe { boundary::borrow(result) }.map_or_else(|status| status, |result| result.status)
    });
    status.unwrap_or(Status::SP_ERR_PANIC).code()
}

/// What a person reads, in English, with the cure in it where there is one. The document has the same
/// as `message_sentences`, for other languages. Never holds a secret. UTF-8; lives as long as the
/// result. NULL only for NULL.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_message(result: *const sp_result) -> *const c_char {
    // SAFETY: the caller promises a live result or NULL.
    unsafe { told(result, std::ptr::null(), |result| result.message.as_ptr()) }
}

/// The whole document, a JSON object. UTF-8; lives as long as the result. NULL only for NULL.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_json(result: *const sp_result) -> *const c_char {
    // SAFETY: the caller promises a live result or NULL.
    unsafe { told(result, std::ptr::null(), |result| result.json.as_ptr()) }
}

/// The action ServerPilot started for the change, for `sp_action_status` and `sp_wait_action`.
/// NULL if there is none. Lives as long as the result.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_action_id(result: *const sp_result) -> *const c_char {
    let id = |result: &sp_result| match &result.action_id {
        Some(id) => id.as_ptr(),
        None => std::ptr::null(),
    };
    // SAFETY: the caller promises a live result or NULL.
    unsafe { told(result, std::ptr::null(), id) }
}

/// The HTTP status of ServerPilot's answer that decided the result. 0 if there was none.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_http_status(result: *const sp_result) -> i32 {
    // SAFETY: the caller promises a live result or NULL.
    unsafe { told(result, 0, |result| result.http_status) }
}

/// 1 if the same call may succeed later although nobody changes anything here, else 0.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_retryable(result: *const sp_result) -> i32 {
    // SAFETY: the caller promises a live result or NULL.
    unsafe { told(result, 0, |result| result.retryable.into()) }
}

/// How long to wait before the same call, in milliseconds, as ServerPilot or experience advises.
/// 0 for no advice.
///
/// # Safety
/// `result` is NULL or a live result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_retry_after_ms(result: *const sp_result) -> i64 {
    // SAFETY: the caller promises a live result or NULL.
    unsafe { told(result, 0, |result| result.retry_after_ms) }
}

/// Frees a result and the strings got from it. NULL is allowed.
///
/// # Safety
/// `result` is NULL or a live result, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_result_free(result: *mut sp_result) {
    // SAFETY: results are made by `Box::into_raw` in `boundary::result_of`.
    unsafe { boundary::free(result) };
}
