//! Keeps a ServerPilot app's domain list and AutoSSL in sync with what a WordPress network maps.
//!
//! The product is the C ABI, `include/serverpilot.h`. This Rust API is internal: the ABI, the tests
//! and the fuzz targets are built on it, it changes without notice, and whoever links it gets the
//! allocator below along with it.
//!
//! Data goes one way, and each module uses only modules below it:
//!
//! | module | job |
//! |---|---|
//! | [`ffi`] | the C ABI: pointers, strings, panics; all `unsafe` is here |
//! | [`client`] | what a host holds: settings and this process's connections; bounds every call |
//! | [`operations`] | the only place that orders steps: lock → read → plan → write → check again |
//! | [`autossl`] | pure: what to do about AutoSSL |
//! | [`change`] | pure: the change documents of `sp_apply` |
//! | [`plan`] | pure: current list + change → new list, or why not |
//! | [`probe`] | one TLS handshake with one address; verdict and address policy are pure |
//! | [`diagnosis`] | pure: why a name is not secure, and whose move it is |
//! | `dns` | names to addresses, and CAA: the one resolver of everything here |
//! | [`api`] | ServerPilot over HTTP; documents without the private key; what may be tried again |
//! | `lock` | one writer per app on this machine |
//! | `process` | runtime, connections, fork |
//! | `public_suffix` | pure: whether a name is one that can be registered |
//! | `crypto` | the one file that names the cryptography library |
//! | [`outcome`], [`config`], `document`, [`domain`], [`secret`], [`status`] | the values everything is made of |

#[doc(hidden)]
pub mod api;
#[doc(hidden)]
pub mod autossl;
#[doc(hidden)]
pub mod change;
pub mod client;
pub mod config;
#[doc(hidden)]
pub mod crypto;
#[doc(hidden)]
pub mod diagnosis;
#[doc(hidden)]
pub mod dns;
#[doc(hidden)]
pub mod document;
pub mod domain;
pub mod ffi;
pub mod flags;
mod jitter;
#[doc(hidden)]
pub mod lock;
#[doc(hidden)]
pub mod operations;
pub mod outcome;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod probe;
#[doc(hidden)]
pub mod process;
mod public_suffix;
#[doc(hidden)]
pub mod secret;
pub mod status;

/// Wipes every block of memory when it is freed. Private keys come with every answer of
/// ServerPilot's, and the API key goes through the HTTP library's buffers: this is what makes
/// sure that none of it is left in the host's heap afterwards, whoever held it.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
