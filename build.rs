//! Makes the two headers from the exported functions, gives the library its name, and makes the
//! public suffixes ready for `src/public_suffix.rs`.
//!
//! The headers are written to OUT_DIR. The ones that are checked in are compared with them by
//! `tests/headers.rs` and renewed by `make headers`, so that a build never changes the checkout.

use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config, ItemType, Language, RenameRule, Style};

/// What it is linked and loaded as. The number is the ABI's version.
const SONAME: &str = "libserverpilot.so.1";

const PUBLIC_SUFFIXES: &str = "data/public_suffix_list.txt";

const PUBLIC_TOP: &str = "\
/*
 * serverpilot.h - keeps a ServerPilot app's domain list and AutoSSL in sync.
 *
 * Ownership   What a *_new function gives is yours until its *_free. A result is yours until
 *             sp_result_free; strings got from it live as long as it does. Every *_free takes NULL.
 *             Strings you pass in are copied; the library keeps none of your pointers.
 * Results     A call returns its sp_status. `out` may be NULL; if it is not, it is always written:
 *             NULL on your own mistake (statuses 1 to 19), else a result, for failures too.
 * Threads     A client may be used from several threads at once; only writers of one app wait for
 *             each other. Configs and results belong to one thread at a time.
 * fork        A client may be used and freed in the child; the parent's connections stay its own.
 * Signals     No disposition is changed. SIGPIPE is blocked on the calling thread during a call.
 *             The library never starts a thread.
 * Names       /etc/hosts, then the name servers of /etc/resolv.conf, both read anew for every call and
 *             every new connection; not nsswitch.conf. A name that only mDNS, LDAP or another NSS
 *             module knows needs a line in /etc/hosts, or the address in its place.
 * Time        Every call ends within the client's total time (20 s unless set).
 * Errors      Status numbers are never reused. Unknown flags and unknown JSON keys are refused.
 * Languages   Texts are English. Beside each key `message`, `advice` and `detail` of a document stands the
 *             same as `message_sentences`, `advice_sentences` and `detail_sentences`: a list of
 *             {\"code\", \"arguments\"}, one for each sentence, which the text joins by spaces. An
 *             argument is a text, a number, or {\"items\": [texts], \"more\": number of texts left out}.
 *             Codes and arguments are never renamed. `events` are a log: English alone.
 * Secrets     The client ID, the API key and private keys appear in no result. Keys are wiped when
 *             a config or a client is freed.
 *
 * Made from the Rust source; do not edit.
 */";

/// `FFI_SCOPE` and `FFI_LIB` must be the very first lines for `ffi.preload`, and PHP takes no
/// relative FFI_LIB that is not relative to the working directory.
const PHP_TOP: &str = "\
#define FFI_SCOPE \"serverpilot\"
#define FFI_LIB \"/usr/local/lib/libserverpilot.so.1\"
/* For PHP's FFI, which takes no conditions and no attributes. Made from the Rust source; do not edit. */";

fn main() {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={PUBLIC_SUFFIXES}");
    // PHP unloads the library at the end of every request. It stays mapped all the same: what it has
    // made ready for the process, the roots of trust above all, would be made again for each.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");

    let (Some(root), Some(out)) = (dir("CARGO_MANIFEST_DIR"), dir("OUT_DIR")) else {
        panic!("build.rs is run by cargo");
    };
    write_public_suffixes(&root.join(PUBLIC_SUFFIXES), &out.join("public_suffixes"));
    write(&root, public_header(), &out.join("serverpilot.h"));
    write(&root, php_header(), &out.join("serverpilot-ffi.h"));
}

fn dir(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// The rules as A-labels, sorted, a line each: what a binary search can use as it is.
fn write_public_suffixes(list: &Path, path: &Path) {
    let text = match std::fs::read_to_string(list) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", list.display()),
    };
    let mut rules: Vec<String> = Vec::new();
    for rule in text.lines().map(str::trim) {
        if rule.is_empty() || rule.starts_with("//") {
            continue;
        }
        let name = rule.trim_start_matches(['!', '*', '.']);
        let mark = &rule[..rule.len() - name.len()];
        match (mark, idna::domain_to_ascii(name)) {
            ("" | "!" | "*.", Ok(name)) => rules.push(format!("{mark}{name}\n")),
            _ => panic!("{}: {rule} is no rule", list.display()),
        }
    }
    rules.sort_unstable();
    rules.dedup();
    if let Err(error) = std::fs::write(path, rules.concat()) {
        panic!("{}: {error}", path.display());
    }
}

fn write(root: &Path, config: Config, path: &Path) {
    let mut header = Vec::new();
    match Builder::new()
        .with_crate(root)
        .with_config(config)
        .generate()
    {
        Ok(bindings) => bindings.write(&mut header),
        Err(error) => panic!("no header from the source: {error}"),
    }
    // Rust's word for what the caller must ensure; in C everything is unsafe.
    let header = String::from_utf8_lossy(&header).replace(" * # Safety\n", " * What must hold:\n");
    if let Err(error) = std::fs::write(path, header) {
        panic!("{}: {error}", path.display());
    }
}

/// What both headers have in common: the names of the ABI.
fn names() -> Config {
    let mut config = Config {
        language: Language::C,
        style: Style::Type,
        ..Config::default()
    };
    config.usize_is_size_t = true;
    config.enumeration.rename_variants = RenameRule::None;
    config.export.item_types = vec![
        ItemType::Enums,
        ItemType::Typedefs,
        ItemType::OpaqueItems,
        ItemType::Functions,
    ];
    config.export.include = vec!["Status".to_owned(), "Flag".to_owned()];
    config
        .export
        .rename
        .insert("Status".to_owned(), "sp_status_code".to_owned());
    config
        .export
        .rename
        .insert("Flag".to_owned(), "sp_flag".to_owned());
    config
}

fn public_header() -> Config {
    let mut config = names();
    config.header = Some(PUBLIC_TOP.to_owned());
    config.include_guard = Some("SERVERPILOT_H".to_owned());
    config.cpp_compat = true;
    config.no_includes = true;
    config.sys_includes = vec!["stdint.h".to_owned()];
    config
}

fn php_header() -> Config {
    let mut config = names();
    config.header = Some(PHP_TOP.to_owned());
    config.no_includes = true;
    config.documentation = false;
    config
}
