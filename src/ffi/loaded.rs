//! The C ABI from its other side: the library beside the helper program, loaded when it starts.
//! Part of that program (`src/helper`) alone. Must not load a library from anywhere else.

#![allow(unsafe_code)]
use std::ffi::{CStr, CString, c_char, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::null_mut;

/// The version of the ABI that this program speaks.
pub const ABI: u32 = 1;

/// What is loaded: by this name, in the folder of the program.
const FILE: &str = "libserverpilot.so";

const SP_OK: i32 = 0;

/// `sp_config`, `sp_client` and `sp_result`: only their addresses are known here.
type Object = *mut c_void;
type Text = *const c_char;

/// The functions that are used, found by their names.
macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $given:ty)?;)*) => {
        struct Functions {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $given)?,)*
        }

        impl Functions {
            /// # Safety
            /// `handle` is a library whose functions of these names have the types of ABI 1.
            unsafe fn find(handle: Object) -> Result<Functions, String> {
                // SAFETY: a function's address becomes a pointer to it, with the type that the
                // caller vouches for; POSIX (dlsym) lets the one be the other.
                unsafe {
                    Ok(Functions {
                        $($name: std::mem::transmute::<
                            Object,
                            unsafe extern "C" fn($($argument),*) $(-> $given)?,
                        >(symbol(handle, stringify!($name))?),)*
                    })
                }
            }
        }
    };
}

functions! {
    sp_version: fn() -> Text;
    sp_config_new: fn() -> Object;
    sp_config_free: fn(Object);
    sp_config_set_credentials: fn(Object, Text, Text) -> i32;
    sp_config_set_app_id: fn(Object, Text) -> i32;
    sp_config_set_base_url: fn(Object, Text) -> i32;
    sp_config_set_ca_file: fn(Object, Text) -> i32;
    sp_config_set_proxy: fn(Object, Text) -> i32;
    sp_config_set_user_agent: fn(Object, Text) -> i32;
    sp_config_set_timeouts: fn(Object, u32, u32, u32) -> i32;
    sp_config_set_lock_dir: fn(Object, Text) -> i32;
    sp_config_protect_domain: fn(Object, Text) -> i32;
    sp_client_new: fn(Object, *mut Object) -> i32;
    sp_client_free: fn(Object);
    sp_sync_domain: fn(Object, Text, u32, *mut Object) -> i32;
    sp_remove_domain: fn(Object, Text, u32, *mut Object) -> i32;
    sp_enable_autossl: fn(Object, *mut Object) -> i32;
    sp_check_ssl: fn(Object, Text, Text, *mut Object) -> i32;
    sp_check_ssl_many: fn(Object, Text, Text, *mut Object) -> i32;
    sp_diagnose: fn(Object, Text, Text, *mut Object) -> i32;
    sp_apply: fn(Object, Text, *mut Object) -> i32;
    sp_inspect_app: fn(Object, *mut Object) -> i32;
    sp_action_status: fn(Object, Text, *mut Object) -> i32;
    sp_wait_action: fn(Object, Text, u32, *mut Object) -> i32;
    sp_result_json: fn(Object) -> Text;
    sp_result_free: fn(Object);
}

/// The library. Stays loaded until the process ends.
pub struct Library(Functions);

impl Library {
    /// Loads it and checks its version before anything else. The error is a sentence for an operator.
    pub fn beside_this_program() -> Result<Library, String> {
        let program = std::env::current_exe().map_err(|error| {
            format!("/proc/self/exe, where this program is, cannot be read: {error}")
        })?;
        let path = program.parent().unwrap_or(Path::new("/")).join(FILE);
        load(&path)
    }

    pub fn version(&self) -> String {
        // SAFETY: "Static" text, never NULL.
        unsafe { owned((self.0.sp_version)()) }.unwrap_or_default()
    }

    pub fn settings(&self) -> Result<Settings<'_>, i32> {
        // SAFETY: takes nothing.
        let config = unsafe { (self.0.sp_config_new)() };
        if config.is_null() {
            return Err(STATE);
        }
        Ok(Settings {
            library: self,
            config,
        })
    }
}

/// `SP_ERR_STATE`: no memory.
const STATE: i32 = 6;

fn load(path: &Path) -> Result<Library, String> {
    let shown = path.display();
    let name = CString::new(path.as_os_str().as_bytes())
        .map_err(|_| format!("The path {shown} has a NUL in it"))?;
    // SAFETY: terminated text with a slash in it, so no other folder is searched. The constructors
    // of our own library run.
    let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if handle.is_null() {
        return Err(format!(
            "The library beside the helper program cannot be loaded: {}",
            loader_error()
        ));
    }
    // SAFETY: `uint32_t sp_abi_version(void)` in every version of the ABI.
    let abi = unsafe {
        let function = symbol(handle, "sp_abi_version")
            .map_err(|_| format!("{shown} is no library of ServerPilot's"))?;
        std::mem::transmute::<Object, unsafe extern "C" fn() -> u32>(function)()
    };
    if abi != ABI {
        return Err(format!(
            "The library {shown} has ABI {abi}, and the helper program needs {ABI}"
        ));
    }
    // SAFETY: it says that it has ABI 1.
    Ok(Library(unsafe { Functions::find(handle)? }))
}

fn symbol(handle: Object, name: &str) -> Result<Object, String> {
    let text = CString::new(name).map_err(|error| error.to_string())?;
    // SAFETY: a live handle, terminated text.
    let found = unsafe { libc::dlsym(handle, text.as_ptr()) };
    if found.is_null() {
        return Err(format!(
            "The library beside the helper program has no {name}"
        ));
    }
    Ok(found)
}

fn loader_error() -> String {
    // SAFETY: NULL or a text that lives until the next call; this program has one thread.
    unsafe { owned(libc::dlerror()) }.unwrap_or_else(|| "for no stated reason".to_owned())
}

/// # Safety
/// NULL, or terminated.
unsafe fn owned(text: Text) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: terminated, as the caller says.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_string_lossy().into_owned())
}

/// A setting that is one text.
#[derive(Clone, Copy)]
pub enum Setting {
    AppId,
    BaseUrl,
    CaFile,
    Proxy,
    UserAgent,
    LockDir,
    Protect,
}

/// `sp_config`.
pub struct Settings<'a> {
    library: &'a Library,
    config: Object,
}

impl<'a> Settings<'a> {
    pub fn set_credentials(&mut self, client_id: &CStr, api_key: &CStr) -> i32 {
        let set = self.library.0.sp_config_set_credentials;
        // SAFETY: a live config, terminated texts.
        unsafe { set(self.config, client_id.as_ptr(), api_key.as_ptr()) }
    }

    pub fn set(&mut self, setting: Setting, value: &CStr) -> i32 {
        let functions = &self.library.0;
        let set = match setting {
            Setting::AppId => functions.sp_config_set_app_id,
            Setting::BaseUrl => functions.sp_config_set_base_url,
            Setting::CaFile => functions.sp_config_set_ca_file,
            Setting::Proxy => functions.sp_config_set_proxy,
            Setting::UserAgent => functions.sp_config_set_user_agent,
            Setting::LockDir => functions.sp_config_set_lock_dir,
            Setting::Protect => functions.sp_config_protect_domain,
        };
        // SAFETY: a live config, terminated text.
        unsafe { set(self.config, value.as_ptr()) }
    }

    pub fn set_timeouts(&mut self, connect_ms: u32, request_ms: u32, total_ms: u32) -> i32 {
        let set = self.library.0.sp_config_set_timeouts;
        // SAFETY: a live config.
        unsafe { set(self.config, connect_ms, request_ms, total_ms) }
    }

    pub fn client(&self) -> Result<Client<'a>, i32> {
        let mut client = null_mut();
        // SAFETY: a live config, a writable pointer.
        match unsafe { (self.library.0.sp_client_new)(self.config, &mut client) } {
            SP_OK => Ok(Client {
                library: self.library,
                client,
            }),
            status => Err(status),
        }
    }
}

impl Drop for Settings<'_> {
    fn drop(&mut self) {
        // SAFETY: live, and not used again.
        unsafe { (self.library.0.sp_config_free)(self.config) };
    }
}

/// One call and its arguments.
pub enum Call<'a> {
    SyncDomain(&'a CStr, u32),
    RemoveDomain(&'a CStr, u32),
    EnableAutossl,
    CheckSsl(&'a CStr, Option<&'a CStr>),
    CheckSslMany(&'a CStr, Option<&'a CStr>),
    Diagnose(&'a CStr, Option<&'a CStr>),
    Apply(&'a CStr),
    InspectApp,
    ActionStatus(&'a CStr),
    WaitAction(&'a CStr, u32),
}

/// `sp_client`.
pub struct Client<'a> {
    library: &'a Library,
    client: Object,
}

impl Client<'_> {
    /// The status, and the document where there is one.
    pub fn call(&self, call: &Call<'_>) -> (i32, Option<String>) {
        let functions = &self.library.0;
        let client = self.client;
        let optional = |text: &Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
        let mut result = null_mut();
        let out = &raw mut result;
        // SAFETY: a live client, terminated texts, NULL only where it is allowed, a writable pointer.
        let status = unsafe {
            match call {
                Call::SyncDomain(domain, flags) => {
                    (functions.sp_sync_domain)(client, domain.as_ptr(), *flags, out)
                }
                Call::RemoveDomain(domain, flags) => {
                    (functions.sp_remove_domain)(client, domain.as_ptr(), *flags, out)
                }
                Call::EnableAutossl => (functions.sp_enable_autossl)(client, out),
                Call::CheckSsl(domain, options) => {
                    (functions.sp_check_ssl)(client, domain.as_ptr(), optional(options), out)
                }
                Call::CheckSslMany(domains, options) => {
                    (functions.sp_check_ssl_many)(client, domains.as_ptr(), optional(options), out)
                }
                Call::Diagnose(domain, options) => {
                    (functions.sp_diagnose)(client, domain.as_ptr(), optional(options), out)
                }
                Call::Apply(change) => (functions.sp_apply)(client, change.as_ptr(), out),
                Call::InspectApp => (functions.sp_inspect_app)(client, out),
                Call::ActionStatus(id) => (functions.sp_action_status)(client, id.as_ptr(), out),
                Call::WaitAction(id, timeout_ms) => {
                    (functions.sp_wait_action)(client, id.as_ptr(), *timeout_ms, out)
                }
            }
        };
        // SAFETY: NULL or a live result, which is freed once and after its text was copied.
        let document = unsafe {
            let document = owned((functions.sp_result_json)(result));
            (functions.sp_result_free)(result);
            document
        };
        (status, document)
    }
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        // SAFETY: live, no call is running, and not used again.
        unsafe { (self.library.0.sp_client_free)(self.client) };
    }
}
