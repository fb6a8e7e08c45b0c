//! The checked-in headers match the source. `make headers` regenerates them.

#[test]
fn the_public_header_is_current() {
    let made = include_str!(concat!(env!("OUT_DIR"), "/serverpilot.h"));
    assert_eq!(
        made,
        include_str!("../include/serverpilot.h"),
        "run `make headers`"
    );
}

#[test]
fn the_header_for_php_is_current() {
    let made = include_str!(concat!(env!("OUT_DIR"), "/serverpilot-ffi.h"));
    assert_eq!(
        made,
        include_str!("../php-bindings/serverpilot-ffi.h"),
        "run `make headers`"
    );
}

/// PHP's FFI skips lines that start with `#` and ignores their meaning, so there must be none after the
/// two that it reads itself (php-src, ext/ffi/ffi.c, `zend_ffi_parse_directives`).
#[test]
fn the_header_for_php_has_nothing_php_refuses() {
    let header = include_str!("../php-bindings/serverpilot-ffi.h");
    let mut lines = header.lines();
    assert_eq!(lines.next(), Some("#define FFI_SCOPE \"serverpilot\""));
    assert!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("#define FFI_LIB \"/"))
    );
    let rest: Vec<&str> = lines.collect();
    assert!(
        rest.iter().all(|line| !line.starts_with('#')),
        "no preprocessor"
    );
    assert!(
        !header.contains("extern")
            && !header.contains("__attribute__")
            && !header.contains("enum :")
    );
    assert!(header.contains("SP_WWW_AUTO = 0"));
}
