//! Keeps a ServerPilot app's domain list and AutoSSL in step with what a WordPress network maps.
//!
//! The map of the house; data goes one way, and each room uses only rooms below it:
//!
//! | room | job |
//! |---|---|
//! | [`ffi`] | the C ABI: pointers, strings, panics; all `unsafe` is here |
//! | [`client`] | what a host holds: settings and this process's connections; bounds every call |
//! | [`operations`] | the only place that orders steps: lock → read → plan → write → look again |
//! | [`autossl`] | pure: what to do about AutoSSL |
//! | [`plan`] | pure: current list + change → new list, or why not |
//! | [`probe`] | one TLS look at one address; verdict and address policy are pure |
//! | [`diagnosis`] | pure: why a name is not secure, and whose move it is |
//! | [`dns`] | names to addresses, and CAA: the one resolver of everything here |
//! | [`api`] | ServerPilot over HTTP; documents without the private key; what may be tried again |
//! | [`lock`] | one writer per app on this machine |
//! | [`process`] | runtime, connections, fork |
//! | `public_suffix` | pure: whether a name is one that can be registered |
//! | [`crypto`] | the one file that names the cryptography library |
//! | [`outcome`], [`config`], [`document`], [`domain`], [`secret`], [`status`] | the values everything is made of |

pub mod api;
pub mod autossl;
pub mod client;
pub mod config;
pub mod crypto;
pub mod diagnosis;
pub mod dns;
pub mod document;
pub mod domain;
pub mod ffi;
pub mod flags;
pub(crate) mod jitter;
pub mod lock;
pub mod operations;
pub mod outcome;
pub mod plan;
pub mod probe;
pub mod process;
pub(crate) mod public_suffix;
pub mod secret;
pub mod status;

/// Wipes every block of memory when it is freed. Private keys come with every answer of
/// ServerPilot's, and the API key goes through the HTTP library's buffers: this is what makes
/// sure that none of it lies about in the host's heap afterwards, whoever held it.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
