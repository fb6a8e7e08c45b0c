//! Domain names as this library compares and sends them. Pure: no I/O.
//! What is no name that can be mapped is refused here, and nowhere else.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::public_suffix;

/// A host name in its normal form: lower-case A-labels, at least two of them, no trailing dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

/// Why a text is no domain. Carries no text of the caller's: it may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDomain;

impl Domain {
    /// Reads a name as a person writes it: surrounding white space, one trailing dot, any case,
    /// any script (UTS 46). Refuses IP literals, ports, schemes, paths, wildcards and bare labels.
    pub fn parse(text: &str) -> Result<Domain, InvalidDomain> {
        // Longer than any spelling of a name: 253 octets of A-labels are at most 253 code points
        // of U-labels, and each of those is at most four octets.
        const LONGEST_SPELLING: usize = 253 * 4 + 1;
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() || text.len() > LONGEST_SPELLING {
            return Err(InvalidDomain);
        }
        let ascii = Uts46::new()
            .to_ascii(
                text.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| InvalidDomain)?;
        let (_, last) = ascii.rsplit_once('.').ok_or(InvalidDomain)?;
        if is_number(last) {
            return Err(InvalidDomain);
        }
        Ok(Domain(ascii.into_owned()))
    }

    /// The normal form, ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same name with `www.` in front; None where that is no valid name any more.
    pub fn with_www(&self) -> Option<Domain> {
        Domain::parse(&format!("www.{}", self.0)).ok()
    }

    /// Whether the name starts with the label `www`.
    pub fn is_www(&self) -> bool {
        self.0.starts_with("www.")
    }

    /// Whether this is a name one can register: one label below a public suffix
    /// (publicsuffix.org, both sections; the list is built in).
    pub fn is_registrable(&self) -> bool {
        public_suffix::is_registrable(&self.0)
    }
}

impl std::fmt::Display for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A last label that makes a browser read the whole as an IPv4 address
/// (<https://url.spec.whatwg.org/#ends-in-a-number-checker>).
fn is_number(label: &str) -> bool {
    if label.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    match label.strip_prefix("0x") {
        Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => false,
    }
}

/// Whether the companion `www.` name goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Www {
    /// For a registrable domain that does not start with www.
    #[default]
    Auto,
    /// For every name that does not start with www.
    Always,
    /// Only the name itself.
    Never,
}

impl Www {
    /// The companion of `domain` under this rule. `www.` is never put in front of `www.`.
    pub fn companion(self, domain: &Domain) -> Option<Domain> {
        let wanted = match self {
            Www::Auto => domain.is_registrable(),
            Www::Always => true,
            Www::Never => false,
        };
        if wanted && !domain.is_www() {
            domain.with_www()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Option<String> {
        Domain::parse(text).ok().map(|d| d.0)
    }

    #[test]
    fn one_name_has_one_form() {
        for (written, normal) in [
            ("shop.example.org", "shop.example.org"),
            (" Shop.Example.ORG. ", "shop.example.org"),
            ("\tshop.example.org\r\n", "shop.example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.EXAMPLE", "xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
            ("r3---sn.example.com", "r3---sn.example.com"),
            ("1.example.com", "1.example.com"),
            ("127.0.0.1.example.com", "127.0.0.1.example.com"),
            ("a.0x", "a.0x0"),
        ] {
            if written == "a.0x" {
                assert_eq!(parse(written), None, "{written}");
                continue;
            }
            assert_eq!(parse(written).as_deref(), Some(normal), "{written}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long_label = format!("{}.example.com", "a".repeat(64));
        let long_name = format!("{}.com", ["a".repeat(49).as_str(); 5].join("."));
        assert_eq!(long_name.len(), 253);
        assert!(parse(&long_name).is_some());
        let too_long = format!("a{long_name}");
        for written in [
            "",
            " ",
            ".",
            "..",
            "localhost",
            "com",
            "shop..example.org",
            ".example.org",
            "shop.example.org..",
            "*.example.org",
            "http://example.org",
            "example.org/",
            "example.org:443",
            "user@example.org",
            "exa mple.org",
            "example_1.org",
            "-a.example",
            "a-.example",
            "127.0.0.1",
            "127.1",
            "0x7f.0.0.1",
            "0x7f000001",
            "1.2.3.0x4",
            "１２７.0.0.1",
            "①②⑦.0.0.1",
            "[::1]",
            "::1",
            "2001:db8::1",
            "example.123",
            "a.0xff",
            "xn--a.example",
            "xn--.example",
            "a\u{0}b.example",
            "a\nb.example",
            "%65xample.org",
            "exam\u{202e}ple.org",
            "example.org?x",
            "example.org#x",
            "a.b\\c",
            "\u{feff}",
            &long_label,
            &too_long,
        ] {
            assert_eq!(parse(written), None, "{written:?}");
        }
    }

    #[test]
    fn www_follows_the_public_suffix_list() {
        for (name, auto) in [
            ("example.com", true),
            ("example.co.uk", true),
            ("bücher.example", true),
            ("shop.example.com", false),
            ("www.example.com", false),
            ("www.com", false),
            ("co.uk", false),
            ("食狮.公司.cn", true),
            ("foo.bar.ck", true),
            ("bar.ck", false),
            ("www.ck", false),
        ] {
            let domain = Domain::parse(name).expect(name);
            assert_eq!(Www::Auto.companion(&domain).is_some(), auto, "{name}");
            assert_eq!(Www::Never.companion(&domain), None);
            assert_eq!(
                Www::Always.companion(&domain).is_some(),
                !domain.is_www(),
                "{name}"
            );
        }
        let longest = format!("{}.com", ["a".repeat(49).as_str(); 5].join("."));
        let longest = Domain::parse(&longest).expect("253 octets");
        assert_eq!(Www::Always.companion(&longest), None);
    }

    proptest! {
        #[test]
        fn normal_form_is_a_fixed_point(text in "\\PC{0,80}") {
            if let Ok(domain) = Domain::parse(&text) {
                prop_assert_eq!(Domain::parse(domain.as_str()), Ok(domain.clone()));
                let name = domain.as_str();
                prop_assert!(name.is_ascii() && name.len() <= 253 && name.contains('.'));
                prop_assert!(name.split('.').all(|l| (1..=63).contains(&l.len())));
                let ldh = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
                prop_assert!(name.bytes().all(ldh));
                prop_assert!(name.parse::<std::net::IpAddr>().is_err());
            }
        }

        #[test]
        fn spelling_does_not_matter(name in "[a-z]{1,10}(\\.[a-z]{1,10}){1,4}") {
            let plain = Domain::parse(&name);
            prop_assert!(plain.is_ok());
            prop_assert_eq!(&Domain::parse(&name.to_uppercase()), &plain);
            prop_assert_eq!(&Domain::parse(&format!(" {name}.\n")), &plain);
        }
    }
}
