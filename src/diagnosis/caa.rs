//! Whether CAA records let AutoSSL's certificate be issued (RFC 8659 and RFC 8657). Pure: must not
//! look anything up; which records decide is the caller's to say.

use crate::dns::Caa;

/// The issuer that ServerPilot's AutoSSL uses, as CAA records name it (letsencrypt.org/docs/caa).
pub(super) const ISSUER: &str = "letsencrypt.org";

/// Whether these CAA records let Let's Encrypt issue for ServerPilot by HTTP-01.
pub(super) fn may_issue(records: &[Caa]) -> bool {
    let tag = |record: &Caa, tag: &str| record.tag.eq_ignore_ascii_case(tag);
    // A critical property that the issuer does not know forbids everything (RFC 8659, section 4.1).
    const KNOWN: [&str; 6] = [
        "issue",
        "issuewild",
        "iodef",
        "issuemail",
        "contactemail",
        "contactphone",
    ];
    let understood =
        |record: &Caa| !record.critical || KNOWN.iter().any(|known| tag(record, known));
    if !records.iter().all(understood) {
        return false;
    }
    let mut issue = records
        .iter()
        .filter(|record| tag(record, "issue"))
        .peekable();
    issue.peek().is_none() || issue.any(|record| names_issuer(&record.value))
}

/// Reads `issuer; key=value; …`. An account other than ServerPilot's, which nobody but
/// ServerPilot knows, or a method other than HTTP-01 (RFC 8657) shuts AutoSSL out as well.
fn names_issuer(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let issuer = parts.next().unwrap_or_default();
    issuer.eq_ignore_ascii_case(ISSUER)
        && parts.all(|parameter| {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match key.trim().to_ascii_lowercase().as_str() {
                "accounturi" => false,
                "validationmethods" => value.split(',').any(|method| method.trim() == "http-01"),
                _ => true,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(critical: bool, tag: &str, value: &str) -> Caa {
        Caa {
            critical,
            tag: tag.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn records_that_allow_and_records_that_do_not() {
        let ours = "letsencrypt.org";
        for (records, allowed) in [
            (vec![record(false, "issue", "ca.example.net")], false),
            (vec![record(false, "issue", ";")], false),
            (vec![record(false, "issue", "")], false),
            (vec![record(false, "issue", ours)], true),
            (
                vec![
                    record(false, "issue", "ca.example.net"),
                    record(true, "ISSUE", " LetsEncrypt.ORG ; x=y"),
                ],
                true,
            ),
            // Only about wildcards; only where to report.
            (vec![record(false, "issuewild", ";")], true),
            (vec![record(false, "iodef", "mailto:x@example.org")], true),
            // A property that nobody knows, critical and not.
            (vec![record(true, "tbs", "x")], false),
            (vec![record(false, "tbs", "x")], true),
            (
                vec![record(
                    false,
                    "issue",
                    "letsencrypt.org;validationmethods=dns-01",
                )],
                false,
            ),
            (
                vec![record(
                    false,
                    "issue",
                    "letsencrypt.org;validationmethods=dns-01,http-01",
                )],
                true,
            ),
            (
                vec![record(
                    false,
                    "issue",
                    "letsencrypt.org;accounturi=https://x/1",
                )],
                false,
            ),
        ] {
            assert_eq!(may_issue(&records), allowed, "{records:?}");
        }
    }

    proptest! {
        #[test]
        fn caa_values_do_no_harm(tag in "\\PC{0,12}", value in "\\PC{0,60}", critical in any::<bool>()) {
            let _ = may_issue(&[record(critical, &tag, &value)]);
            let other = format!("ca.{value}");
            prop_assert!(!names_issuer(&other));
        }
    }
}
