//! Every sentence that the library says to a person: code, arguments, English. Must hold nothing else.
//! A code keeps its meaning and its arguments for ever, since others translate by it; the English may
//! be improved. What is wrong comes first, then what to do, then what happens next.

use super::{Argument, Entry, Message};

/// Makes a function of each row, and a table of all. A row whose arguments are not those of its text
/// is not compiled.
macro_rules! catalogue {
    ($($code:ident($($argument:ident),*) = $english:literal;)*) => {
        $(
            pub fn $code($($argument: impl Into<Argument>),*) -> Message {
                const _: fn() = || { let _ = format_args!($english, $($argument = ""),*); };
                let arguments = vec![$((stringify!($argument), $argument.into())),*];
                Message::one(stringify!($code), $english, arguments)
            }
        )*

        pub const CATALOGUE: &[Entry] = &[$(Entry {
            code: stringify!($code),
            english: $english,
            arguments: &[$(stringify!($argument)),*],
        }),*];
    };
}

catalogue! {
    // ServerPilot over HTTP.
    service_timed_out() = "ServerPilot did not answer in time. Try again; if it keeps happening, check status.serverpilot.io and this server's network.";
    service_answer_too_long() = "The answer is longer than any of ServerPilot's (1 MiB) and was not read.";
    service_answer_not_http() = "The answer is not HTTP as ServerPilot speaks it. Something between this server and ServerPilot answers in its place: check the base URL and the proxy.";
    service_unreachable() = "ServerPilot could not be reached.";
    service_unreachable_because(error) = "ServerPilot could not be reached ({error}).";
    service_unreachable_no_such_name() = "ServerPilot could not be reached (its name does not exist).";
    service_unreachable_no_address() = "ServerPilot could not be reached (its name has no address).";
    service_unreachable_dns_failed() = "ServerPilot could not be reached (the name servers gave no usable answer).";
    service_unreachable_dns_timed_out() = "ServerPilot could not be reached (the name servers did not answer in time).";
    check_own_network() = "Check this server's network, name servers and firewall.";
    service_connection_broke() = "The connection to ServerPilot broke before its answer was complete.";
    service_certificate_not_trusted(error) = "ServerPilot's certificate is not trusted ({error}). The system's certificates may be out of date (Debian: apt-get install --reinstall ca-certificates), its clock may be wrong, or something in between answers in ServerPilot's place.";
    service_no_tls(error) = "No TLS connection to ServerPilot ({error}). Something in between may answer in its place: check the base URL and the proxy.";
    service_answer_not_json() = "ServerPilot's answer cannot be used: it is not the documented JSON. Nothing was concluded from it.";
    service_answer_other_app() = "ServerPilot's answer cannot be used: it is about another app. Nothing was concluded from it.";
    service_answer_no_domains() = "ServerPilot's answer cannot be used: it does not say which domains the app has. Nothing was concluded from it.";
    service_answer_no_list() = "ServerPilot's answer cannot be used: it does not show the list that was written. Nothing was concluded from it.";
    service_answer_no_autossl() = "ServerPilot's answer cannot be used: it does not say whether AutoSSL is on. Nothing was concluded from it.";
    service_says(quote) = "It says: {quote}";
    key_refused() = "ServerPilot refused the client ID or the API key (401). Compare WU_SERVER_PILOT_CLIENT_ID and WU_SERVER_PILOT_API_KEY with ServerPilot's panel, Account → API; making a new key there revokes the old one at once.";
    payment_required() = "ServerPilot has no valid card on file for this account (402). Add one in ServerPilot's panel, Account → Billing.";
    permission_denied() = "ServerPilot does not permit this (403): the account of WU_SERVER_PILOT_CLIENT_ID has no permission for it, or it is protected. Check in ServerPilot's panel who owns the app, and use that account's key from Account → API.";
    app_not_found() = "ServerPilot knows no app with this ID in this account (404). Compare WU_SERVER_PILOT_APP_ID with ServerPilot's panel: open the app there, the ID stands in the page's address, after apps/ or app/.";
    server_not_found() = "ServerPilot knows no server with the ID its app names (404).";
    action_not_found() = "ServerPilot knows no action with this ID (404); it may be too old.";
    service_busy() = "ServerPilot asks for fewer requests (429). Try again later.";
    service_failed(http) = "ServerPilot failed ({http}). Try again later; status.serverpilot.io tells of known faults.";
    service_redirects(http) = "The answer is a redirect ({http}), which ServerPilot does not send and which is not followed. Check the base URL and the proxy.";
    service_unknown_status(http) = "The answer has a status ServerPilot does not use ({http}).";
    service_refused(http) = "ServerPilot refused the request ({http}).";

    // The lock.
    lock_busy() = "Another change of this app's domains was still running on this machine when the time of this call was over. Nothing was changed; try again.";
    lock_no_descriptors(error) = "The lock could not be opened: {error}. Close files that are no longer used, or raise the limit (ulimit -n), and try again. Nothing was changed.";
    lock_unusable(path, error) = "The lock {path} cannot be used: {error}.";
    lock_not_own(path) = "The lock {path} cannot be used: it is somebody else's.";
    lock_not_in_folder(path) = "The lock {path} cannot be used: it is not a folder.";
    lock_in_foreign_folder(path) = "The lock {path} cannot be used: it belongs to another user.";
    lock_in_open_folder(path) = "The lock {path} cannot be used: others may enter it.";
    lock_folder_rule() = "It must lie in a folder that belongs to the user this program runs as and that nobody else may enter (mode 0700); set another lock folder or remove this one. Nothing was changed.";
    lock_no_place() = "There is no place for the lock.";
    lock_place_unusable(place, error) = "{place} cannot be used: {error}.";
    lock_place_occupied(place) = "{place} cannot be used: others have made what is needed.";
    lock_place_unsafe(place) = "{place} cannot be used: others could remove what lies there.";
    lock_set_folder() = "Set a lock folder that belongs to the user this program runs as and that all programs share which change this app. Nothing was changed.";

    // The list of domains: why nothing was changed.
    domain_limit(limit, current, wanted) = "ServerPilot allows {limit} domains per app; this app has {current} and the change would make it {wanted}. Remove names that are no longer used, or move sites to another app. Nothing was changed.";
    domain_protected(domain) = "{domain} is protected and is never removed from the app. Nothing was changed.";
    last_domain() = "This would remove the app's last domain, and an app without domains gets no requests at all. Add another name first. Nothing was changed.";
    too_many_removals(planned, allowed) = "This change would remove {planned} domains from the app, and it allows at most {allowed} (max_removals). Check that the list of desired domains is complete, then allow more. Nothing was changed.";
    plan_out_of_time() = "The call's time was over before the new list was worked out. Give the call more time, or change fewer names at once. Nothing was changed.";

    // The list of domains: what became of a change.
    list_added(names) = "Added {names}.";
    list_removed(names) = "Removed {names}.";
    list_would_add(names) = "Would add {names}.";
    list_would_remove(names) = "Would remove {names}.";
    list_unchanged() = "Nothing to do.";
    list_left_out(count) = "{count} left out for want of room.";
    list_count(count, limit) = "The app has {count} of {limit} domains.";
    list_with_autossl_on_now() = "AutoSSL is on now.";
    list_with_autossl_on() = "AutoSSL is on.";
    list_with_autossl_pending() = "AutoSSL can be enabled once a certificate is ready.";
    list_with_custom_certificate() = "A custom certificate is installed and was not changed.";
    list_with_autossl_failed() = "AutoSSL could not be enabled (see the warnings).";
    list_state_unknown() = "Whether the new list has arrived is not known; the next call reads it before anything is written.";
    list_read_again_right() = "The list was read again and is as it should be.";
    list_differs(missing, extra) = "ServerPilot's answer shows another list than the one that was sent (missing: {missing}; not sent: {extra}).";
    list_differs_applied() = "Read again, the list has what was asked for.";
    list_differs_not_applied() = "Read again, the list is not as asked for either.";
    list_differs_unread() = "The list could not be read again: whether the new one has arrived is not known.";
    list_differs_advice() = "Somebody may have changed it at the same moment; the same call again reads it anew and repairs it.";
    no_room(count, limit) = "{count} of the desired domains were left out, because ServerPilot allows {limit} domains per app. Remove names that are no longer used, cover sub-sites with a wildcard, or move sites to another app.";
    certificate_limit(count, limit) = "The app has {count} names, and Let's Encrypt puts at most {limit} into one certificate: names beyond that may stay without HTTPS. Spread the sites over several apps.";
    autossl_failed() = "The list is right, but AutoSSL could not be enabled:";

    // AutoSSL.
    autossl_enabled(count) = "AutoSSL is on now, for {count} names.";
    autossl_already_enabled() = "AutoSSL is on already; nothing to do.";
    autossl_not_on() = "ServerPilot accepted the request to enable AutoSSL, but the app does not say that it is on. Try again.";
    autossl_state_unknown() = "Whether AutoSSL is on now is not known; the next call checks before it asks again.";
    autossl_custom_certificate() = "A custom certificate is installed on this app and was not changed. To use AutoSSL, delete it in ServerPilot's panel: the app, SSL.";
    autossl_unavailable() = "No certificate is ready yet. ServerPilot makes one some minutes after the DNS of all the app's names points to its server; try again then.";

    // The app and its actions.
    connected(app, count, mode) = "Connected to ServerPilot: app {app} with {count} domains, SSL {mode}.";
    server_unknown() = "ServerPilot does not say which server the app is on.";
    action_finished() = "ServerPilot has finished this action.";
    action_open() = "ServerPilot is still working on this action.";
    action_still_open() = "ServerPilot is still working on this action; ask again later.";
    action_failed() = "ServerPilot reports that this action ended in an error, without a reason. What it was to change may have been changed all the same: check the app and the certificate.";
    action_state_unknown() = "ServerPilot gives this action a state it does not document.";

    // A check of a certificate.
    checked_many(all, valid, not_valid, unknown) = "{all} names: {valid} valid, {not_valid} not valid, {unknown} could not be asked.";
    checked_too_many(count) = "The time was over before {count} of them could be checked: check fewer names at once, or give the call more time.";
    check_out_of_time(domain) = "{domain} was not checked, because the call's time was over: check fewer names at once, or give the call more time.";
    check_without_app() = "Only the certificate was checked, because ServerPilot could not be asked:";
    certificate_expires_soon(domain, until, days) = "The certificate of {domain} expires on {until} ({days} days left) and should have been renewed by now: check AutoSSL, and the DNS of all the app's names.";
    addresses_differ(domain, address, reason, others) = "{domain} has several addresses, and they do not answer alike: the verdict is that of {address} ({reason}), but some visitors reach {others}. Remove the DNS records that do not lead to the site.";
    dns_no_such_name(domain) = "{domain} does not exist in DNS: check the spelling, then register the name or add its DNS record.";
    dns_no_address(domain) = "{domain} exists in DNS but has no address: add an A record with the server's address.";
    dns_failed(domain) = "The name servers give no usable answer for {domain}: check its DNS zone, then the name servers of this machine.";
    dns_timed_out(domain) = "The name servers did not answer for {domain} in time: try again, then check the name servers of this machine.";
    certificate_valid(domain, until, days) = "The certificate of {domain} is valid until {until} ({days} days).";
    certificate_intermediate_expired(domain) = "An intermediate certificate of {domain} has expired: install the current chain.";
    certificate_expired(domain, until) = "The certificate of {domain} expired on {until}: it has to be renewed.";
    certificate_not_yet_valid(domain, from) = "The certificate of {domain} is valid only from {from}: wait, or correct the clock of this machine.";
    certificate_missing(domain) = "The server says that it has no certificate for {domain}: add the name to the app, or correct its DNS.";
    certificate_of_other_name(domain) = "The certificate that is served for {domain} is not for this name: wait for a new one, or correct the DNS.";
    certificate_self_signed(domain) = "The server of {domain} presents a certificate that it has signed itself: switch AutoSSL on, or install one of a public CA.";
    certificate_unknown_issuer(domain) = "The certificate of {domain} leads to no root that browsers trust: switch AutoSSL on, or install one of a public CA.";
    certificate_incomplete_chain(domain) = "The server of {domain} does not send the intermediate certificate: install the whole chain.";
    certificate_short_key(domain, bits) = "The key of the certificate of {domain} is {bits}-bit RSA, and browsers want 2048 bits at least: make a new one with RSA 2048 or ECDSA P-256.";
    certificate_unusual_key(domain, key) = "The key of the certificate of {domain} is {key}, which not every browser takes: make a new one with RSA 2048 or ECDSA P-256.";
    certificate_intermediate_short_key(domain) = "An intermediate certificate of {domain} has a key that is too short for browsers: get a certificate from another CA.";
    certificate_weak_signature(domain) = "A certificate in the chain of {domain} is signed with a broken hash (MD5 or SHA-1): get a new one.";
    certificate_not_accepted(domain) = "The certificate of {domain} is not one that browsers accept (malformed, made for another purpose, or the server does not have its key): get a new one.";
    old_protocol(domain) = "The server of {domain} has no TLS 1.2 or later, or no cipher, in common with browsers: update it.";
    not_tls(domain, port) = "What answers for {domain} on port {port} does not speak TLS: switch HTTPS on there, or find out which other service it is.";
    client_certificate_required(domain) = "The server of {domain} wants a certificate of the visitor's: switch client certificates off for the public site.";
    no_route(address, domain) = "This machine has no route to {address}: check its network, then the DNS of {domain}.";
    connection_refused(port, domain) = "Nothing listens on port {port} of {domain}: switch HTTPS on there, then check the firewalls in between.";
    connection_closed(domain) = "The server of {domain} closed the connection during the handshake: check its log and the firewalls in between.";
    connection_timed_out(port, domain) = "No connection to port {port} of {domain} in time: a firewall drops it, or the DNS points to a machine that is off.";
    handshake_timed_out(domain) = "The server of {domain} did not finish the handshake in time: it is overloaded, or it is no TLS server.";
    address_blocked(domain) = "{domain} leads to an address that is not public, so no connection was made: correct its DNS, or allow that address (allow_addresses).";

    // The evidence of a diagnosis.
    evidence_not_asked() = "Not asked: it was said where to connect.";
    evidence_app_unknown() = "ServerPilot could not be asked.";
    evidence_autossl_not_needed() = "Not checked: AutoSSL's certificate is not what serves this name.";
    evidence_app_read(count) = "The app was read: {count} names.";
    evidence_resolves(addresses) = "Resolves to {addresses}.";
    evidence_no_such_name() = "The name does not exist.";
    evidence_no_address() = "The name exists and has no address.";
    evidence_dns_failed() = "The name servers give no usable answer.";
    evidence_dns_timed_out() = "The name servers did not answer in time.";
    evidence_hosts_file(addresses) = "This machine's own /etc/hosts says {addresses}, which visitors do not see.";
    evidence_nowhere() = "There is no address.";
    evidence_ipv4_not_asked() = "The A records could not be asked for.";
    evidence_ipv4_none_ipv6_leads() = "There is no A record; the AAAA record leads to the server.";
    evidence_ipv4_none_ipv6_valid() = "There is no A record; a valid certificate is served at the AAAA record's address.";
    evidence_ipv4_none() = "There is no A record.";
    evidence_ipv4_leads() = "The A record leads to the server: ServerPilot's certificate is served there.";
    evidence_server_unknown() = "ServerPilot does not say what the server's address is.";
    evidence_ipv4_elsewhere(address, server) = "An A record is {address}, the server is {server}.";
    evidence_ipv4_elsewhere_not_valid(address, server, reason) = "An A record is {address}, the server is {server}, and at {address} no valid certificate is served ({reason}).";
    evidence_ipv4_unseen(address, server) = "An A record is {address}, the server is {server}; what is served at {address} could not be seen from here.";
    evidence_ipv4_valid(address, server) = "An A record is {address}, the server is {server}; the certificate that is served at {address} is valid, so it is a load balancer, a CDN or another server.";
    evidence_ipv4_is_server(server) = "The A record is the server's, {server}.";
    evidence_ipv4_same_certificate(address, server) = "The A record is {address} and leads to the server, {server}: the same certificate is served there.";
    evidence_ipv4_is_proxy() = "The A records are a proxy's.";
    evidence_ipv6_not_asked() = "The AAAA records could not be asked for.";
    evidence_ipv6_none() = "There is no AAAA record.";
    evidence_ipv6_elsewhere() = "The AAAA record does not lead to the same server.";
    evidence_ipv6_unseen() = "Whether the AAAA record leads to the same server cannot be told from here.";
    evidence_ipv6_valid() = "A valid certificate is served at the AAAA record's address.";
    evidence_ipv6_leads() = "The AAAA record leads to the same server.";
    evidence_no_proxy() = "No known proxy is in between.";
    evidence_proxy() = "Cloudflare's proxy answers for the name, so the certificate seen here is the proxy's.";
    evidence_caa_unanswered(name) = "The CAA records of {name} could not be asked for.";
    evidence_caa_allows(name) = "The CAA records of {name} allow Let's Encrypt.";
    evidence_caa_forbids(name) = "The CAA records of {name} do not allow Let's Encrypt.";
    evidence_caa_none() = "No CAA record restricts who may issue.";
    evidence_port_80_not_checked() = "Not checked.";
    evidence_port_80_open() = "Something answers for HTTP.";
    evidence_port_80_hidden() = "From here nothing at the public address can be reached, and /etc/hosts leads elsewhere.";
    evidence_port_80_closed() = "The port for HTTP is closed.";
    evidence_port_80_dropped() = "The port for HTTP does not answer: a firewall drops what is sent there.";
    evidence_port_80_unreachable() = "The port for HTTP could not be reached from here.";
    evidence_listed() = "The app has the name.";
    evidence_listed_by_another() = "The app answers for the name by another entry.";
    evidence_listed_without_certificate() = "The app does not have the name itself, only an entry that answers for it; AutoSSL makes no certificate for that.";
    evidence_not_listed_but_served() = "The app does not have the name, and its certificate is served for it all the same.";
    evidence_not_listed() = "The app does not have the name.";
    evidence_www_not_listed() = "The app has no www name for it.";
    evidence_www_unresolved() = "The app has the www name too, and it does not resolve.";
    evidence_www_unanswered() = "The name servers do not answer for the www name.";
    evidence_www_ipv6_elsewhere(address) = "The app has the www name too, and its AAAA record, {address}, does not lead to the same server.";
    evidence_www_ipv4_elsewhere(address, server) = "The app has the www name too, and its A record, {address}, is not the server's, {server}, and serves no valid certificate.";
    evidence_www_unseen(address, server) = "The A record of the www name, {address}, is not the server's, {server}; what is served there could not be seen from here.";
    evidence_www_resolves() = "The www name resolves as well.";
    evidence_others_not_asked() = "Asked only where a certificate is waited for.";
    evidence_others_unanswered(unanswered, all) = "For {unanswered} of the app's {all} other names the name servers do not answer.";
    evidence_others_resolve(all) = "The app's {all} other names resolve.";
    evidence_others_unresolved(all, count, names) = "Of the app's {all} other names {count} do not resolve: {names}. One certificate is made for all, and such a www name is known to keep it from being made.";
    evidence_too_many_names(count, limit) = "AutoSSL's certificate would have to hold {count} names, and Let's Encrypt puts at most {limit} into one.";
    evidence_names_fit(count) = "{count} names fit into one certificate.";
    evidence_no_custom_certificate() = "No custom certificate is installed.";
    evidence_custom_certificate() = "A custom certificate is installed.";
    evidence_custom_certificate_valid() = "A custom certificate is installed, and visitors are served a valid one.";
    evidence_custom_certificate_not_valid() = "A custom certificate is installed, so AutoSSL is not used, and it does not serve this name.";
    evidence_custom_certificate_unseen() = "A custom certificate is installed; whether it serves this name could not be seen.";
    evidence_autossl_has_certificate() = "AutoSSL has a certificate.";
    evidence_certificate_ready() = "A certificate is ready.";
    evidence_certificate_not_ready_other_valid() = "No certificate is ready yet; visitors are served another one, which is valid.";
    evidence_certificate_not_ready() = "No certificate is ready yet.";
    evidence_certificate_not_told() = "ServerPilot does not say whether a certificate is ready.";
    evidence_autossl_on() = "AutoSSL is on.";
    evidence_autossl_not_yet() = "It cannot be enabled yet.";
    evidence_autossl_off_other_valid() = "AutoSSL is off; visitors are served another certificate, which is valid.";
    evidence_autossl_off() = "AutoSSL is off.";
    evidence_autossl_not_used() = "AutoSSL is not in use.";
    evidence_in_certificate() = "AutoSSL's certificate holds the name.";
    evidence_in_certificate_not_told() = "ServerPilot does not say that AutoSSL's certificate holds the name; visitors are served one that does.";
    evidence_not_in_certificate() = "AutoSSL's certificate does not hold the name yet.";
    evidence_served_installed() = "What is served is what ServerPilot has installed.";
    evidence_served_nothing() = "There is nothing to compare.";
    evidence_served_proxys() = "The proxy serves a certificate of its own.";
    evidence_served_other_valid() = "What is served is not what ServerPilot has installed, and it is valid.";
    evidence_served_other() = "What is served is not what ServerPilot has installed.";
    evidence_nowhere_to_connect() = "There is no address to connect to.";
    evidence_hidden_but_well() = "From here nothing at the public address can be reached; where /etc/hosts leads, ServerPilot's certificate is served, and it is valid.";

    // What a diagnosis advises.
    advice_well_from_here(domain) = "{domain} is secure as far as can be seen from this machine, which reaches it only by its own /etc/hosts; open it from outside to be sure.";
    advice_well(domain) = "{domain} is secure; there is nothing to do.";
    advice_well_by_another(domain) = "{domain} is secure, with a certificate that is not ServerPilot's; there is nothing to do, as long as it shows this site.";
    advice_key_refused() = "Compare the client ID and the API key (WU_SERVER_PILOT_CLIENT_ID, WU_SERVER_PILOT_API_KEY) with ServerPilot's panel, Account → API: ServerPilot refuses them (401).";
    advice_payment_required() = "Add a valid card in ServerPilot's panel, Account → Billing: the account has none on file (402).";
    advice_permission_denied() = "Use the key (ServerPilot's panel, Account → API) of an account that has the permission for this app, which this one does not have (403); the panel shows who owns it.";
    advice_app_not_found() = "Compare WU_SERVER_PILOT_APP_ID with the address of the app's page in ServerPilot's panel, where the ID stands after apps/ or app/: ServerPilot knows no app with this one (404).";
    advice_service_not_trusted() = "Check the certificates and the clock of this system, and what may answer in ServerPilot's place (the base URL, a proxy).";
    advice_service_unreachable() = "Check the network, the name servers and the firewall of this server, and status.serverpilot.io.";
    advice_service_failing() = "Try again later; known faults are listed on status.serverpilot.io.";
    advice_service_makes_no_sense() = "Try again later; if it stays so, check what may answer in ServerPilot's place (the base URL, a proxy).";
    advice_service_busy() = "Wait and try again: ServerPilot asks for fewer requests.";
    advice_set_record(domain) = "Set an A record for {domain} with the server's address, at whoever runs its DNS.";
    advice_set_record_to(domain, server) = "Set an A record for {domain} with the server's address, {server}, at whoever runs its DNS.";
    advice_dns_unanswered(domain) = "Wait and try again; if it stays so, check the DNS zone of {domain} (DNSSEC too) and the name servers of this machine.";
    advice_remove_record(address, domain) = "Remove the A record {address} of {domain}, where no valid certificate is served, or point it to where the others lead.";
    advice_only_record(domain) = "Make the server's address the only A record of {domain}.";
    advice_only_record_to(server, domain) = "Make the server's address, {server}, the only A record of {domain}.";
    advice_ipv6_elsewhere(domain) = "Remove the AAAA record of {domain}, or point it to the same server: Let's Encrypt and most visitors prefer it to the A record.";
    advice_behind_proxy_well(domain) = "Visitors of {domain} are served Cloudflare's certificate, which is valid; what the server itself has cannot be seen from outside.";
    advice_behind_proxy(domain) = "Switch Cloudflare's proxy off for {domain} (\"DNS only\") until AutoSSL is on; what is seen now is the proxy's certificate.";
    advice_caa_forbids(domain, issuer) = "Add a CAA record to the DNS of {domain} that allows Let's Encrypt (0 issue \"{issuer}\"), or remove the CAA records.";
    advice_port_80_closed(domain) = "Open port 80 of the server for everybody: Let's Encrypt asks there whether {domain} is yours, and nowhere else.";
    advice_not_listed(domain) = "Add {domain} to the app's domains (a sync does that).";
    advice_www_unresolved(domain) = "Set a DNS record for www.{domain} as well, or take that name out of the app: it can keep the next certificate from being made.";
    advice_www_elsewhere(domain) = "Point www.{domain} to the server's address as well, or take that name out of the app: it can keep the next certificate from being made.";
    advice_www_elsewhere_to(domain, server) = "Point www.{domain} to the server's address, {server}, as well, or take that name out of the app: it can keep the next certificate from being made.";
    advice_another_name_blocks(names) = "Have a DNS record set for each of these or take them out of the app, because a name that does not resolve can keep the certificate of all from being made: {names}.";
    advice_too_many_names(limit) = "Spread the sites over several apps: this one has more than {limit} names, which is the most that one certificate of Let's Encrypt's holds.";
    advice_custom_expired() = "Renew the custom certificate and install it in ServerPilot's panel (the app, SSL): it has expired.";
    advice_custom_not_yet_valid() = "Wait until the custom certificate becomes valid, or install one in ServerPilot's panel (the app, SSL) that is valid already.";
    advice_custom_incomplete_chain(domain) = "Add the intermediate certificate to the custom certificate in ServerPilot's panel (the app, SSL): without it, not every visitor can trust {domain}.";
    advice_custom_of_other_name(domain) = "Replace the custom certificate in ServerPilot's panel (the app, SSL) by one that holds {domain} as well as the names it holds now.";
    advice_custom_not_trusted(domain) = "Replace the custom certificate in ServerPilot's panel (the app, SSL) by one of a public CA that holds {domain} as well as the names it holds now.";
    advice_autossl_pending() = "Wait: ServerPilot makes the certificate some minutes after the DNS of all the app's names is right.";
    advice_autossl_off() = "Switch AutoSSL on: a certificate is ready.";
    advice_not_in_certificate(domain) = "Wait: AutoSSL's next certificate, made some minutes after the last change of the list, will hold {domain}.";
    advice_other_certificate(domain) = "Wait some minutes for the new certificate to be put in place; if it stays so, another app or server answers for {domain}.";
    advice_https_unanswered(domain) = "Wait and try again; if it stays so, check the web server of {domain} (its load, its log) and the firewalls in between.";
}
