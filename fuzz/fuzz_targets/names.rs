//! Whatever a person types as a name is refused or converted to its one normal form.
//! Besides our own rules the oracle is the URL standard's host parser, which browsers use.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serverpilot::domain::{Domain, Www};
use url::Host;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(domain) = Domain::parse(&text) else {
        return;
    };
    normal_form(&domain);
    one_name_has_one_form(&text, &domain);
    what_is_more_than_a_name_is_refused(domain.as_str());
    companions(&domain);
});

fn normal_form(domain: &Domain) {
    let name = domain.as_str();
    assert_eq!(Domain::parse(name).as_ref(), Ok(domain));
    assert_eq!(domain.to_string(), name);
    assert!(name.len() <= 253);
    let labels: Vec<&str> = name.split('.').collect();
    assert!(labels.len() >= 2);
    for label in labels {
        assert!((1..=63).contains(&label.len()));
        assert!(!label.starts_with('-') && !label.ends_with('-'));
        let letter_digit_hyphen = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(label.bytes().all(letter_digit_hyphen));
    }
    // A browser parses it as the same name, not as an address.
    assert_eq!(Host::parse(name), Ok(Host::Domain(name.to_owned())));
}

fn one_name_has_one_form(written: &str, domain: &Domain) {
    assert_eq!(
        Domain::parse(&written.to_ascii_uppercase()).as_ref(),
        Ok(domain)
    );
    assert_eq!(
        Domain::parse(&format!(" \t{written}\r\n")).as_ref(),
        Ok(domain)
    );
    assert_eq!(
        Domain::parse(&format!("{}.", domain.as_str())).as_ref(),
        Ok(domain)
    );
}

fn what_is_more_than_a_name_is_refused(name: &str) {
    for more in [
        format!("*.{name}"),
        format!("https://{name}"),
        format!("{name}:443"),
        format!("{name}/"),
        format!("user@{name}"),
        format!("{name}.."),
        format!(".{name}"),
        format!("{name}.1"),
        format!("{name}\0"),
    ] {
        assert!(Domain::parse(&more).is_err(), "{more:?}");
    }
}

fn companions(domain: &Domain) {
    assert_eq!(Www::Never.companion(domain), None);
    let always = Www::Always.companion(domain);
    let auto = Www::Auto.companion(domain);
    for companion in always.iter().chain(&auto) {
        assert_eq!(companion.as_str(), format!("www.{domain}"));
        assert!(companion.is_www());
        assert_eq!(Www::Always.companion(companion), None);
        assert_eq!(Www::Auto.companion(companion), None);
    }
    if domain.is_www() {
        assert_eq!((always, auto), (None, None));
    } else {
        // AUTO means ALWAYS for registrable names, and NEVER for all others.
        let expected = if domain.is_registrable() {
            always
        } else {
            None
        };
        assert_eq!(auto, expected);
    }
}
