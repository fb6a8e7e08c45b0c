//! What is to be done about a cause. Must decide nothing else: which sentence says it is all there is
//! here. What was observed stands in the evidence; these are the cures.

use super::addresses::odd_one_out;
use super::caa::ISSUER;
use super::checks::first_of;
use super::{Cause, Facts};
use crate::messages::{self, Message};
use crate::plan::CERTIFICATE_LIMIT;
use crate::probe::verdict::Reason;
use crate::status::Status;

/// The advice for this cause.
pub(super) fn advice(cause: Cause, facts: &Facts) -> Message {
    let domain = &facts.domain;
    match cause {
        Cause::AllWell if facts.is_well_behind_hosts() => messages::advice_well_from_here(domain),
        Cause::AllWell if facts.needs_autossl() || facts.serves_serverpilots() => {
            messages::advice_well(domain)
        }
        Cause::AllWell => messages::advice_well_by_another(domain),
        Cause::KeyRefused => messages::advice_key_refused(),
        Cause::PaymentRequired => messages::advice_payment_required(),
        Cause::PermissionDenied => messages::advice_permission_denied(),
        Cause::AppNotFound => messages::advice_app_not_found(),
        Cause::ServerpilotUnreachable if is_status(facts, Status::SP_ERR_TLS) => {
            messages::advice_service_not_trusted()
        }
        Cause::ServerpilotUnreachable => messages::advice_service_unreachable(),
        Cause::ServerpilotFailing if is_status(facts, Status::SP_ERR_SERVER) => {
            messages::advice_service_failing()
        }
        Cause::ServerpilotFailing => messages::advice_service_makes_no_sense(),
        Cause::ServerpilotBusy => messages::advice_service_busy(),
        Cause::NameNotFound => match facts.server {
            Some(server) => messages::advice_set_record_to(domain, server),
            None => messages::advice_set_record(domain),
        },
        Cause::DnsUnanswered => messages::advice_dns_unanswered(domain),
        Cause::WrongAddress => match (odd_one_out(facts), facts.server) {
            (Some(odd), _) => messages::advice_remove_record(odd, domain),
            (None, Some(server)) => messages::advice_only_record_to(server, domain),
            (None, None) => messages::advice_only_record(domain),
        },
        Cause::Ipv6Elsewhere => messages::advice_ipv6_elsewhere(domain),
        Cause::BehindProxy if facts.is_well() => messages::advice_behind_proxy_well(domain),
        Cause::BehindProxy => messages::advice_behind_proxy(domain),
        Cause::CaaForbids => messages::advice_caa_forbids(domain, ISSUER),
        Cause::Port80Closed => messages::advice_port_80_closed(domain),
        Cause::NotListed => messages::advice_not_listed(domain),
        Cause::WwwUnresolved => messages::advice_www_unresolved(domain),
        Cause::WwwElsewhere => match facts.server {
            Some(server) => messages::advice_www_elsewhere_to(domain, server),
            None => messages::advice_www_elsewhere(domain),
        },
        Cause::AnotherNameBlocks => {
            let others = facts.others.as_ref();
            let unresolved = others.map_or(&[][..], |others| &others.unresolved);
            messages::advice_another_name_blocks(first_of(unresolved, 3))
        }
        Cause::TooManyNames => messages::advice_too_many_names(CERTIFICATE_LIMIT),
        Cause::CustomCertificate => custom_certificate(facts),
        Cause::AutosslPending => messages::advice_autossl_pending(),
        Cause::AutosslOff => messages::advice_autossl_off(),
        Cause::NotInCertificate => messages::advice_not_in_certificate(domain),
        Cause::OtherCertificate => messages::advice_other_certificate(domain),
        Cause::HttpsUnanswered => messages::advice_https_unanswered(domain),
        Cause::AddressBlocked
        | Cause::HttpsClosed
        | Cause::ClientCertificateRequired
        | Cause::CertificateExpired
        | Cause::CertificateMismatch
        | Cause::CertificateNotTrusted
        | Cause::OldProtocol => {
            let served = facts.served.decisive();
            served.map_or_else(Message::default, |one| one.message.clone())
        }
    }
}

/// Deleting the present one is never advised: other names are served with it.
fn custom_certificate(facts: &Facts) -> Message {
    let domain = &facts.domain;
    match facts.reason() {
        Some(Reason::Expired) => messages::advice_custom_expired(),
        Some(Reason::NotYetValid) => messages::advice_custom_not_yet_valid(),
        Some(Reason::IncompleteChain) => messages::advice_custom_incomplete_chain(domain),
        Some(Reason::HostnameMismatch) => messages::advice_custom_of_other_name(domain),
        _ => messages::advice_custom_not_trusted(domain),
    }
}

/// Whether it is this that came of asking ServerPilot.
fn is_status(facts: &Facts, status: Status) -> bool {
    matches!(&facts.serverpilot, Err(problem) if problem.status == status)
}
