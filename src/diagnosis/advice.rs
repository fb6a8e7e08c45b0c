//! What is to be done about a cause, in one sentence. Pure text: must decide nothing. What was
//! observed stands in the evidence; these are the cures.

use super::addresses::odd_one_out;
use super::caa::ISSUER;
use super::checks::first_of;
use super::{Cause, Facts};
use crate::plan::CERTIFICATE_LIMIT;
use crate::status::Status;

/// The sentence for this cause.
pub(super) fn advice(cause: Cause, facts: &Facts) -> String {
    let domain = &facts.domain;
    let server = match facts.server {
        Some(address) => format!("the server's address, {address}"),
        None => "the server's address".to_owned(),
    };
    match cause {
        Cause::AllWell if facts.is_well_behind_hosts() => format!("{domain} is secure as far as can be seen from this machine, which reaches it only by its own /etc/hosts; open it from outside to be sure."),
        Cause::AllWell if facts.needs_autossl() || facts.serves_serverpilots() => {
            format!("{domain} is secure; there is nothing to do.")
        }
        Cause::AllWell => format!("{domain} is secure, with a certificate that is not ServerPilot's; there is nothing to do, as long as it shows this site."),
        Cause::KeyRefused => "Compare the client ID and the API key (WU_SERVER_PILOT_CLIENT_ID, WU_SERVER_PILOT_API_KEY) with ServerPilot's panel, Account → API: ServerPilot refuses them (401).".to_owned(),
        Cause::PaymentRequired => "Add a valid card in ServerPilot's panel, Account → Billing: the account has none on file (402).".to_owned(),
        Cause::PermissionDenied => "Use the key (ServerPilot's panel, Account → API) of an account that has the permission for this app, which this one does not have (403); the panel shows who owns it.".to_owned(),
        Cause::AppNotFound => "Compare WU_SERVER_PILOT_APP_ID with the address of the app's page in ServerPilot's panel, where the ID stands after apps/ or app/: ServerPilot knows no app with this one (404).".to_owned(),
        Cause::ServerpilotUnreachable if is_status(facts, Status::SP_ERR_TLS) => "Check the certificates and the clock of this system, and what may answer in ServerPilot's place (the base URL, a proxy).".to_owned(),
        Cause::ServerpilotUnreachable => "Check the network, the name servers and the firewall of this server, and status.serverpilot.io.".to_owned(),
        Cause::ServerpilotFailing if is_status(facts, Status::SP_ERR_SERVER) => "Try again later; known faults are listed on status.serverpilot.io.".to_owned(),
        Cause::ServerpilotFailing => "Try again later; if it stays so, check what may answer in ServerPilot's place (the base URL, a proxy).".to_owned(),
        Cause::ServerpilotBusy => "Wait and try again: ServerPilot asks for fewer requests.".to_owned(),
        Cause::NameNotFound => format!("Set an A record for {domain} with {server}, at whoever runs its DNS."),
        Cause::DnsUnanswered => format!("Wait and try again; if it stays so, check the DNS zone of {domain} (DNSSEC too) and the name servers of this machine."),
        Cause::WrongAddress => match odd_one_out(facts) {
            Some(odd) => format!("Remove the A record {odd} of {domain}, where no valid certificate is served, or point it to where the others lead."),
            None => format!("Make {server}, the only A record of {domain}."),
        },
        Cause::Ipv6Elsewhere => format!("Remove the AAAA record of {domain}, or point it to the same server: Let's Encrypt and most visitors prefer it to the A record."),
        Cause::BehindProxy if facts.is_well() => {
            format!("Visitors of {domain} are served Cloudflare's certificate, which is valid; what the server itself has cannot be seen from outside.")
        }
        Cause::BehindProxy => format!("Switch Cloudflare's proxy off for {domain} (\"DNS only\") until AutoSSL is on; what is seen now is the proxy's certificate."),
        Cause::CaaForbids => format!("Add a CAA record to the DNS of {domain} that allows Let's Encrypt (0 issue \"{ISSUER}\"), or remove the CAA records."),
        Cause::Port80Closed => format!("Open port 80 of the server for everybody: Let's Encrypt asks there whether {domain} is yours, and nowhere else."),
        Cause::NotListed => format!("Add {domain} to the app's domains (a sync does that)."),
        Cause::WwwUnresolved => format!("Set a DNS record for www.{domain} as well, or take that name out of the app: it keeps the certificate from being made."),
        Cause::WwwElsewhere => format!("Point www.{domain} to {server}, as well, or take that name out of the app: it keeps the certificate from being made."),
        Cause::AnotherNameBlocks => {
            let unresolved = facts.others.as_ref().map_or(&[][..], |others| &others.unresolved);
            format!(
                "Have a DNS record set for each of these or take them out of the app, because a name that does not resolve can keep the certificate of all from being made: {}.",
                first_of(unresolved, 3)
            )
        }
        Cause::TooManyNames => format!("Spread the sites over several apps: this one has more than {CERTIFICATE_LIMIT} names, which is the most that one certificate of Let's Encrypt's holds."),
        Cause::CustomCertificate => format!("Install a custom certificate that holds {domain}, or delete the present one in ServerPilot's panel (the app, SSL) so that AutoSSL can be switched on."),
        Cause::AutosslPending => "Wait: ServerPilot makes the certificate some minutes after the DNS of all the app's names is right.".to_owned(),
        Cause::AutosslOff => "Switch AutoSSL on: a certificate is ready.".to_owned(),
        Cause::NotInCertificate => format!("Wait: AutoSSL's next certificate, made some minutes after the last change of the list, will hold {domain}."),
        Cause::OtherCertificate => format!("Wait some minutes for the new certificate to be put in place; if it stays so, another app or server answers for {domain}."),
        Cause::HttpsUnanswered => format!("Wait and try again; if it stays so, check the web server of {domain} (its load, its log) and the firewalls in between."),
        Cause::AddressBlocked
        | Cause::HttpsClosed
        | Cause::ClientCertificateRequired
        | Cause::CertificateExpired
        | Cause::CertificateMismatch
        | Cause::CertificateNotTrusted
        | Cause::OldProtocol => {
            let served = facts.served.decisive();
            served.map_or_else(String::new, |one| one.message.clone())
        }
    }
}

/// Whether it is this that came of asking ServerPilot.
fn is_status(facts: &Facts, status: Status) -> bool {
    matches!(&facts.serverpilot, Err(problem) if problem.status == status)
}
