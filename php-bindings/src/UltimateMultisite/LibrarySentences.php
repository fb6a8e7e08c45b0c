<?php

// Every sentence of the library's, for translation. Made from the library's catalogue by tests/messages.rs: must not
// be edited.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class LibrarySentences
{
    /** Code => the names of its arguments, in the order of the placeholders' numbers. */
    public const ARGUMENTS = [
        'service_timed_out' => [],
        'service_answer_too_long' => [],
        'service_answer_not_http' => [],
        'service_unreachable' => [],
        'service_unreachable_because' => ['error'],
        'service_unreachable_no_such_name' => [],
        'service_unreachable_no_address' => [],
        'service_unreachable_dns_failed' => [],
        'service_unreachable_dns_timed_out' => [],
        'check_own_network' => [],
        'service_connection_broke' => [],
        'service_certificate_not_trusted' => ['error'],
        'service_no_tls' => ['error'],
        'service_answer_not_json' => [],
        'service_answer_other_app' => [],
        'service_answer_no_domains' => [],
        'service_answer_no_list' => [],
        'service_answer_no_autossl' => [],
        'service_says' => ['quote'],
        'key_refused' => [],
        'payment_required' => [],
        'permission_denied' => [],
        'app_not_found' => [],
        'server_not_found' => [],
        'action_not_found' => [],
        'service_busy' => [],
        'service_failed' => ['http'],
        'service_redirects' => ['http'],
        'service_unknown_status' => ['http'],
        'service_refused' => ['http'],
        'lock_busy' => [],
        'lock_no_descriptors' => ['error'],
        'lock_unusable' => ['path', 'error'],
        'lock_not_own' => ['path'],
        'lock_not_in_folder' => ['path'],
        'lock_in_foreign_folder' => ['path'],
        'lock_in_open_folder' => ['path'],
        'lock_folder_rule' => [],
        'lock_no_place' => [],
        'lock_place_unusable' => ['place', 'error'],
        'lock_place_occupied' => ['place'],
        'lock_place_unsafe' => ['place'],
        'lock_set_folder' => [],
        'domain_limit' => ['limit', 'current', 'wanted'],
        'domain_protected' => ['domain'],
        'last_domain' => [],
        'too_many_removals' => ['planned', 'allowed'],
        'plan_out_of_time' => [],
        'list_added' => ['names'],
        'list_removed' => ['names'],
        'list_would_add' => ['names'],
        'list_would_remove' => ['names'],
        'list_unchanged' => [],
        'list_left_out' => ['count'],
        'list_count' => ['count', 'limit'],
        'list_with_autossl_on_now' => [],
        'list_with_autossl_on' => [],
        'list_with_autossl_pending' => [],
        'list_with_custom_certificate' => [],
        'list_with_autossl_failed' => [],
        'list_state_unknown' => [],
        'list_read_again_right' => [],
        'list_differs' => ['missing', 'extra'],
        'list_differs_applied' => [],
        'list_differs_not_applied' => [],
        'list_differs_unread' => [],
        'list_differs_advice' => [],
        'no_room' => ['count', 'limit'],
        'certificate_limit' => ['count', 'limit'],
        'autossl_failed' => [],
        'autossl_enabled' => ['count'],
        'autossl_already_enabled' => [],
        'autossl_not_on' => [],
        'autossl_state_unknown' => [],
        'autossl_custom_certificate' => [],
        'autossl_unavailable' => [],
        'connected' => ['app', 'count', 'mode'],
        'server_unknown' => [],
        'action_finished' => [],
        'action_open' => [],
        'action_still_open' => [],
        'action_failed' => [],
        'action_state_unknown' => [],
        'checked_many' => ['all', 'valid', 'not_valid', 'unknown'],
        'checked_too_many' => ['count'],
        'check_out_of_time' => ['domain'],
        'check_without_app' => [],
        'certificate_expires_soon' => ['domain', 'until', 'days'],
        'addresses_differ' => ['domain', 'address', 'reason', 'others'],
        'dns_no_such_name' => ['domain'],
        'dns_no_address' => ['domain'],
        'dns_failed' => ['domain'],
        'dns_timed_out' => ['domain'],
        'certificate_valid' => ['domain', 'until', 'days'],
        'certificate_intermediate_expired' => ['domain'],
        'certificate_expired' => ['domain', 'until'],
        'certificate_not_yet_valid' => ['domain', 'from'],
        'certificate_missing' => ['domain'],
        'certificate_of_other_name' => ['domain'],
        'certificate_self_signed' => ['domain'],
        'certificate_unknown_issuer' => ['domain'],
        'certificate_incomplete_chain' => ['domain'],
        'certificate_short_key' => ['domain', 'bits'],
        'certificate_unusual_key' => ['domain', 'key'],
        'certificate_intermediate_short_key' => ['domain'],
        'certificate_weak_signature' => ['domain'],
        'certificate_not_accepted' => ['domain'],
        'old_protocol' => ['domain'],
        'not_tls' => ['domain', 'port'],
        'client_certificate_required' => ['domain'],
        'no_route' => ['address', 'domain'],
        'connection_refused' => ['port', 'domain'],
        'connection_closed' => ['domain'],
        'connection_timed_out' => ['port', 'domain'],
        'handshake_timed_out' => ['domain'],
        'address_blocked' => ['domain'],
        'evidence_not_asked' => [],
        'evidence_app_unknown' => [],
        'evidence_autossl_not_needed' => [],
        'evidence_app_read' => ['count'],
        'evidence_resolves' => ['addresses'],
        'evidence_no_such_name' => [],
        'evidence_no_address' => [],
        'evidence_dns_failed' => [],
        'evidence_dns_timed_out' => [],
        'evidence_hosts_file' => ['addresses'],
        'evidence_nowhere' => [],
        'evidence_ipv4_not_asked' => [],
        'evidence_ipv4_none_ipv6_leads' => [],
        'evidence_ipv4_none_ipv6_valid' => [],
        'evidence_ipv4_none' => [],
        'evidence_ipv4_leads' => [],
        'evidence_server_unknown' => [],
        'evidence_ipv4_elsewhere' => ['address', 'server'],
        'evidence_ipv4_elsewhere_not_valid' => ['address', 'server', 'reason'],
        'evidence_ipv4_unseen' => ['address', 'server'],
        'evidence_ipv4_valid' => ['address', 'server'],
        'evidence_ipv4_is_server' => ['server'],
        'evidence_ipv4_same_certificate' => ['address', 'server'],
        'evidence_ipv4_is_proxy' => [],
        'evidence_ipv6_not_asked' => [],
        'evidence_ipv6_none' => [],
        'evidence_ipv6_elsewhere' => [],
        'evidence_ipv6_unseen' => [],
        'evidence_ipv6_valid' => [],
        'evidence_ipv6_leads' => [],
        'evidence_no_proxy' => [],
        'evidence_proxy' => [],
        'evidence_caa_unanswered' => ['name'],
        'evidence_caa_allows' => ['name'],
        'evidence_caa_forbids' => ['name'],
        'evidence_caa_none' => [],
        'evidence_port_80_not_checked' => [],
        'evidence_port_80_open' => [],
        'evidence_port_80_hidden' => [],
        'evidence_port_80_closed' => [],
        'evidence_port_80_dropped' => [],
        'evidence_port_80_unreachable' => [],
        'evidence_listed' => [],
        'evidence_listed_by_another' => [],
        'evidence_listed_without_certificate' => [],
        'evidence_not_listed_but_served' => [],
        'evidence_not_listed' => [],
        'evidence_www_not_listed' => [],
        'evidence_www_unresolved' => [],
        'evidence_www_unanswered' => [],
        'evidence_www_ipv6_elsewhere' => ['address'],
        'evidence_www_ipv4_elsewhere' => ['address', 'server'],
        'evidence_www_unseen' => ['address', 'server'],
        'evidence_www_resolves' => [],
        'evidence_others_not_asked' => [],
        'evidence_others_unanswered' => ['unanswered', 'all'],
        'evidence_others_resolve' => ['all'],
        'evidence_others_unresolved' => ['all', 'count', 'names'],
        'evidence_too_many_names' => ['count', 'limit'],
        'evidence_names_fit' => ['count'],
        'evidence_no_custom_certificate' => [],
        'evidence_custom_certificate' => [],
        'evidence_custom_certificate_valid' => [],
        'evidence_custom_certificate_not_valid' => [],
        'evidence_custom_certificate_unseen' => [],
        'evidence_autossl_has_certificate' => [],
        'evidence_certificate_ready' => [],
        'evidence_certificate_not_ready_other_valid' => [],
        'evidence_certificate_not_ready' => [],
        'evidence_certificate_not_told' => [],
        'evidence_autossl_on' => [],
        'evidence_autossl_not_yet' => [],
        'evidence_autossl_off_other_valid' => [],
        'evidence_autossl_off' => [],
        'evidence_autossl_not_used' => [],
        'evidence_in_certificate' => [],
        'evidence_in_certificate_not_told' => [],
        'evidence_not_in_certificate' => [],
        'evidence_served_installed' => [],
        'evidence_served_nothing' => [],
        'evidence_served_proxys' => [],
        'evidence_served_other_valid' => [],
        'evidence_served_other' => [],
        'evidence_nowhere_to_connect' => [],
        'evidence_hidden_but_well' => [],
        'advice_well_from_here' => ['domain'],
        'advice_well' => ['domain'],
        'advice_well_by_another' => ['domain'],
        'advice_key_refused' => [],
        'advice_payment_required' => [],
        'advice_permission_denied' => [],
        'advice_app_not_found' => [],
        'advice_service_not_trusted' => [],
        'advice_service_unreachable' => [],
        'advice_service_failing' => [],
        'advice_service_makes_no_sense' => [],
        'advice_service_busy' => [],
        'advice_set_record' => ['domain'],
        'advice_set_record_to' => ['domain', 'server'],
        'advice_dns_unanswered' => ['domain'],
        'advice_remove_record' => ['address', 'domain'],
        'advice_only_record' => ['domain'],
        'advice_only_record_to' => ['server', 'domain'],
        'advice_ipv6_elsewhere' => ['domain'],
        'advice_behind_proxy_well' => ['domain'],
        'advice_behind_proxy' => ['domain'],
        'advice_caa_forbids' => ['domain', 'issuer'],
        'advice_port_80_closed' => ['domain'],
        'advice_not_listed' => ['domain'],
        'advice_www_unresolved' => ['domain'],
        'advice_www_elsewhere' => ['domain'],
        'advice_www_elsewhere_to' => ['domain', 'server'],
        'advice_another_name_blocks' => ['names'],
        'advice_too_many_names' => ['limit'],
        'advice_custom_expired' => [],
        'advice_custom_not_yet_valid' => [],
        'advice_custom_incomplete_chain' => ['domain'],
        'advice_custom_of_other_name' => ['domain'],
        'advice_custom_not_trusted' => ['domain'],
        'advice_autossl_pending' => [],
        'advice_autossl_off' => [],
        'advice_not_in_certificate' => ['domain'],
        'advice_other_certificate' => ['domain'],
        'advice_https_unanswered' => ['domain'],
    ];

    /** With numbered placeholders where there are arguments; null for the code of a newer library. */
    public static function text(string $code): ?string
    {
        return match ($code) {
            'service_timed_out' => __(
                'ServerPilot did not answer in time. Try again; if it keeps happening, check '
                    . 'status.serverpilot.io and this server\'s network.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_too_long' => __(
                'The answer is longer than any of ServerPilot\'s (1 MiB) and was not read.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_not_http' => __(
                'The answer is not HTTP as ServerPilot speaks it. Something between this server and '
                    . 'ServerPilot answers in its place: check the base URL and the proxy.',
                'ultimate-multisite-serverpilot'
            ),
            'service_unreachable' => __(
                'ServerPilot could not be reached.',
                'ultimate-multisite-serverpilot'
            ),
            'service_unreachable_because' => /* translators: 1: what the system says, in English */ __(
                'ServerPilot could not be reached (%1$s).',
                'ultimate-multisite-serverpilot'
            ),
            'service_unreachable_no_such_name' => __(
                'ServerPilot could not be reached (its name does not exist).',
                'ultimate-multisite-serverpilot'
            ),
            'service_unreachable_no_address' => __(
                'ServerPilot could not be reached (its name has no address).',
                'ultimate-multisite-serverpilot'
            ),
            'service_unreachable_dns_failed' => __(
                'ServerPilot could not be reached (the name servers gave no usable answer).',
                'ultimate-multisite-serverpilot'
            ),
            'service_unreachable_dns_timed_out' => __(
                'ServerPilot could not be reached (the name servers did not answer in time).',
                'ultimate-multisite-serverpilot'
            ),
            'check_own_network' => __(
                'Check this server\'s network, name servers and firewall.',
                'ultimate-multisite-serverpilot'
            ),
            'service_connection_broke' => __(
                'The connection to ServerPilot broke before its answer was complete.',
                'ultimate-multisite-serverpilot'
            ),
            'service_certificate_not_trusted' => /* translators: 1: what the system says, in English */ __(
                'ServerPilot\'s certificate is not trusted (%1$s). The system\'s certificates may be out of '
                    . 'date (Debian: apt-get install --reinstall ca-certificates), its clock may be wrong, or '
                    . 'something in between answers in ServerPilot\'s place.',
                'ultimate-multisite-serverpilot'
            ),
            'service_no_tls' => /* translators: 1: what the system says, in English */ __(
                'No TLS connection to ServerPilot (%1$s). Something in between may answer in its place: '
                    . 'check the base URL and the proxy.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_not_json' => __(
                'ServerPilot\'s answer cannot be used: it is not the documented JSON. Nothing was concluded '
                    . 'from it.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_other_app' => __(
                'ServerPilot\'s answer cannot be used: it is about another app. Nothing was concluded from '
                    . 'it.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_no_domains' => __(
                'ServerPilot\'s answer cannot be used: it does not say which domains the app has. Nothing '
                    . 'was concluded from it.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_no_list' => __(
                'ServerPilot\'s answer cannot be used: it does not show the list that was written. Nothing '
                    . 'was concluded from it.',
                'ultimate-multisite-serverpilot'
            ),
            'service_answer_no_autossl' => __(
                'ServerPilot\'s answer cannot be used: it does not say whether AutoSSL is on. Nothing was '
                    . 'concluded from it.',
                'ultimate-multisite-serverpilot'
            ),
            'service_says' => /* translators: 1: what ServerPilot says, in English */ __(
                'It says: %1$s',
                'ultimate-multisite-serverpilot'
            ),
            'key_refused' => __(
                'ServerPilot refused the client ID or the API key (401). Compare WU_SERVER_PILOT_CLIENT_ID '
                    . 'and WU_SERVER_PILOT_API_KEY with ServerPilot\'s panel, Account → API; making a new key '
                    . 'there revokes the old one at once.',
                'ultimate-multisite-serverpilot'
            ),
            'payment_required' => __(
                'ServerPilot has no valid card on file for this account (402). Add one in ServerPilot\'s '
                    . 'panel, Account → Billing.',
                'ultimate-multisite-serverpilot'
            ),
            'permission_denied' => __(
                'ServerPilot does not permit this (403): the account of WU_SERVER_PILOT_CLIENT_ID has no '
                    . 'permission for it, or it is protected. Check in ServerPilot\'s panel who owns the app, and '
                    . 'use that account\'s key from Account → API.',
                'ultimate-multisite-serverpilot'
            ),
            'app_not_found' => __(
                'ServerPilot knows no app with this ID in this account (404). Compare '
                    . 'WU_SERVER_PILOT_APP_ID with ServerPilot\'s panel: open the app there, the ID stands in the '
                    . 'page\'s address, after apps/ or app/.',
                'ultimate-multisite-serverpilot'
            ),
            'server_not_found' => __(
                'ServerPilot knows no server with the ID its app names (404).',
                'ultimate-multisite-serverpilot'
            ),
            'action_not_found' => __(
                'ServerPilot knows no action with this ID (404); it may be too old.',
                'ultimate-multisite-serverpilot'
            ),
            'service_busy' => __(
                'ServerPilot asks for fewer requests (429). Try again later.',
                'ultimate-multisite-serverpilot'
            ),
            'service_failed' => /* translators: 1: HTTP status */ __(
                'ServerPilot failed (%1$s). Try again later; status.serverpilot.io tells of known faults.',
                'ultimate-multisite-serverpilot'
            ),
            'service_redirects' => /* translators: 1: HTTP status */ __(
                'The answer is a redirect (%1$s), which ServerPilot does not send and which is not '
                    . 'followed. Check the base URL and the proxy.',
                'ultimate-multisite-serverpilot'
            ),
            'service_unknown_status' => /* translators: 1: HTTP status */ __(
                'The answer has a status ServerPilot does not use (%1$s).',
                'ultimate-multisite-serverpilot'
            ),
            'service_refused' => /* translators: 1: HTTP status */ __(
                'ServerPilot refused the request (%1$s).',
                'ultimate-multisite-serverpilot'
            ),
            'lock_busy' => __(
                'Another change of this app\'s domains was still running on this machine when the time of '
                    . 'this call was over. Nothing was changed; try again.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_no_descriptors' => /* translators: 1: what the system says, in English */ __(
                'The lock could not be opened: %1$s. Close files that are no longer used, or raise the '
                    . 'limit (ulimit -n), and try again. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_unusable' => /* translators: 1: path of a file, 2: what the system says, in English */ __(
                'The lock %1$s cannot be used: %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_not_own' => /* translators: 1: path of a file */ __(
                'The lock %1$s cannot be used: it is somebody else\'s.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_not_in_folder' => /* translators: 1: path of a file */ __(
                'The lock %1$s cannot be used: it is not a folder.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_in_foreign_folder' => /* translators: 1: path of a file */ __(
                'The lock %1$s cannot be used: it belongs to another user.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_in_open_folder' => /* translators: 1: path of a file */ __(
                'The lock %1$s cannot be used: others may enter it.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_folder_rule' => __(
                'It must lie in a folder that belongs to the user this program runs as and that nobody else '
                    . 'may enter (mode 0700); set another lock folder or remove this one. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_no_place' => __(
                'There is no place for the lock.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_place_unusable' => /* translators: 1: path of a folder, 2: what the system says, in English */ __(
                '%1$s cannot be used: %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_place_occupied' => /* translators: 1: path of a folder */ __(
                '%1$s cannot be used: others have made what is needed.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_place_unsafe' => /* translators: 1: path of a folder */ __(
                '%1$s cannot be used: others could remove what lies there.',
                'ultimate-multisite-serverpilot'
            ),
            'lock_set_folder' => __(
                'Set a lock folder that belongs to the user this program runs as and that all programs '
                    . 'share which change this app. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'domain_limit' =>
                /* translators: 1: largest number of names, 2: number of names, 3: number of names */
                __(
                    'ServerPilot allows %1$s domains per app; this app has %2$s and the change would make it '
                        . '%3$s. Remove names that are no longer used, or move sites to another app. Nothing was '
                        . 'changed.',
                    'ultimate-multisite-serverpilot'
                ),
            'domain_protected' => /* translators: 1: domain name */ __(
                '%1$s is protected and is never removed from the app. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'last_domain' => __(
                'This would remove the app\'s last domain, and an app without domains gets no requests at '
                    . 'all. Add another name first. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'too_many_removals' => /* translators: 1: number of names, 2: largest number of names */ __(
                'This change would remove %1$s domains from the app, and it allows at most %2$s '
                    . '(max_removals). Check that the list of desired domains is complete, then allow more. '
                    . 'Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'plan_out_of_time' => __(
                'The call\'s time was over before the new list was worked out. Give the call more time, or '
                    . 'change fewer names at once. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'list_added' => /* translators: 1: list of domain names */ __(
                'Added %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'list_removed' => /* translators: 1: list of domain names */ __(
                'Removed %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'list_would_add' => /* translators: 1: list of domain names */ __(
                'Would add %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'list_would_remove' => /* translators: 1: list of domain names */ __(
                'Would remove %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'list_unchanged' => __(
                'Nothing to do.',
                'ultimate-multisite-serverpilot'
            ),
            'list_left_out' => /* translators: 1: number of names */ __(
                '%1$s left out for want of room.',
                'ultimate-multisite-serverpilot'
            ),
            'list_count' => /* translators: 1: number of names, 2: largest number of names */ __(
                'The app has %1$s of %2$s domains.',
                'ultimate-multisite-serverpilot'
            ),
            'list_with_autossl_on_now' => __(
                'AutoSSL is on now.',
                'ultimate-multisite-serverpilot'
            ),
            'list_with_autossl_on' => __(
                'AutoSSL is on.',
                'ultimate-multisite-serverpilot'
            ),
            'list_with_autossl_pending' => __(
                'AutoSSL can be enabled once a certificate is ready.',
                'ultimate-multisite-serverpilot'
            ),
            'list_with_custom_certificate' => __(
                'A custom certificate is installed and was not changed.',
                'ultimate-multisite-serverpilot'
            ),
            'list_with_autossl_failed' => __(
                'AutoSSL could not be enabled (see the warnings).',
                'ultimate-multisite-serverpilot'
            ),
            'list_state_unknown' => __(
                'Whether the new list has arrived is not known; the next call reads it before anything is '
                    . 'written.',
                'ultimate-multisite-serverpilot'
            ),
            'list_read_again_right' => __(
                'The list was read again and is as it should be.',
                'ultimate-multisite-serverpilot'
            ),
            'list_differs' =>
                /* translators: 1: list of domain names, or "none", 2: list of domain names, or "none" */
                __(
                    'ServerPilot\'s answer shows another list than the one that was sent (missing: %1$s; not '
                        . 'sent: %2$s).',
                    'ultimate-multisite-serverpilot'
                ),
            'list_differs_applied' => __(
                'Read again, the list has what was asked for.',
                'ultimate-multisite-serverpilot'
            ),
            'list_differs_not_applied' => __(
                'Read again, the list is not as asked for either.',
                'ultimate-multisite-serverpilot'
            ),
            'list_differs_unread' => __(
                'The list could not be read again: whether the new one has arrived is not known.',
                'ultimate-multisite-serverpilot'
            ),
            'list_differs_advice' => __(
                'Somebody may have changed it at the same moment; the same call again reads it anew and '
                    . 'repairs it.',
                'ultimate-multisite-serverpilot'
            ),
            'no_room' => /* translators: 1: number of names, 2: largest number of names */ __(
                '%1$s of the desired domains were left out, because ServerPilot allows %2$s domains per '
                    . 'app. Remove names that are no longer used, cover sub-sites with a wildcard, or move sites '
                    . 'to another app.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_limit' => /* translators: 1: number of names, 2: largest number of names */ __(
                'The app has %1$s names, and Let\'s Encrypt puts at most %2$s into one certificate: names '
                    . 'beyond that may stay without HTTPS. Spread the sites over several apps.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_failed' => __(
                'The list is right, but AutoSSL could not be enabled:',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_enabled' => /* translators: 1: number of names */ __(
                'AutoSSL is on now, for %1$s names.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_already_enabled' => __(
                'AutoSSL is on already; nothing to do.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_not_on' => __(
                'ServerPilot accepted the request to enable AutoSSL, but the app does not say that it is '
                    . 'on. Try again.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_state_unknown' => __(
                'Whether AutoSSL is on now is not known; the next call checks before it asks again.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_custom_certificate' => __(
                'A custom certificate is installed on this app and was not changed. To use AutoSSL, delete '
                    . 'it in ServerPilot\'s panel: the app, SSL.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_unavailable' => __(
                'No certificate is ready yet. ServerPilot makes one some minutes after the DNS of all the '
                    . 'app\'s names points to its server; try again then.',
                'ultimate-multisite-serverpilot'
            ),
            'connected' =>
                /* translators: 1: name of the app, 2: number of names, 3: "none", "auto" or "custom" */
                __(
                    'Connected to ServerPilot: app %1$s with %2$s domains, SSL %3$s.',
                    'ultimate-multisite-serverpilot'
                ),
            'server_unknown' => __(
                'ServerPilot does not say which server the app is on.',
                'ultimate-multisite-serverpilot'
            ),
            'action_finished' => __(
                'ServerPilot has finished this action.',
                'ultimate-multisite-serverpilot'
            ),
            'action_open' => __(
                'ServerPilot is still working on this action.',
                'ultimate-multisite-serverpilot'
            ),
            'action_still_open' => __(
                'ServerPilot is still working on this action; ask again later.',
                'ultimate-multisite-serverpilot'
            ),
            'action_failed' => __(
                'ServerPilot reports that this action ended in an error, without a reason. What it was to '
                    . 'change may have been changed all the same: check the app and the certificate.',
                'ultimate-multisite-serverpilot'
            ),
            'action_state_unknown' => __(
                'ServerPilot gives this action a state it does not document.',
                'ultimate-multisite-serverpilot'
            ),
            'checked_many' =>
                /* translators: 1: number of names, 2: number of names, 3: number of names, 4: number of names */
                __(
                    '%1$s names: %2$s valid, %3$s not valid, %4$s could not be asked.',
                    'ultimate-multisite-serverpilot'
                ),
            'checked_too_many' => /* translators: 1: number of names */ __(
                'The time was over before %1$s of them could be checked: check fewer names at once, or give '
                    . 'the call more time.',
                'ultimate-multisite-serverpilot'
            ),
            'check_out_of_time' => /* translators: 1: domain name */ __(
                '%1$s was not checked, because the call\'s time was over: check fewer names at once, or '
                    . 'give the call more time.',
                'ultimate-multisite-serverpilot'
            ),
            'check_without_app' => __(
                'Only the certificate was checked, because ServerPilot could not be asked:',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_expires_soon' => /* translators: 1: domain name, 2: date and time, 3: number of days */ __(
                'The certificate of %1$s expires on %2$s (%3$s days left) and should have been renewed by '
                    . 'now: check AutoSSL, and the DNS of all the app\'s names.',
                'ultimate-multisite-serverpilot'
            ),
            'addresses_differ' =>
                /* translators: 1: domain name, 2: IP address, 3: code of a verdict, for example "expired", 4: list of IP addresses */
                __(
                    '%1$s has several addresses, and they do not answer alike: the verdict is that of %2$s '
                        . '(%3$s), but some visitors reach %4$s. Remove the DNS records that do not lead to the site.',
                    'ultimate-multisite-serverpilot'
                ),
            'dns_no_such_name' => /* translators: 1: domain name */ __(
                '%1$s does not exist in DNS: check the spelling, then register the name or add its DNS '
                    . 'record.',
                'ultimate-multisite-serverpilot'
            ),
            'dns_no_address' => /* translators: 1: domain name */ __(
                '%1$s exists in DNS but has no address: add an A record with the server\'s address.',
                'ultimate-multisite-serverpilot'
            ),
            'dns_failed' => /* translators: 1: domain name */ __(
                'The name servers give no usable answer for %1$s: check its DNS zone, then the name servers '
                    . 'of this machine.',
                'ultimate-multisite-serverpilot'
            ),
            'dns_timed_out' => /* translators: 1: domain name */ __(
                'The name servers did not answer for %1$s in time: try again, then check the name servers '
                    . 'of this machine.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_valid' => /* translators: 1: domain name, 2: date and time, 3: number of days */ __(
                'The certificate of %1$s is valid until %2$s (%3$s days).',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_intermediate_expired' => /* translators: 1: domain name */ __(
                'An intermediate certificate of %1$s has expired: install the current chain.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_expired' => /* translators: 1: domain name, 2: date and time */ __(
                'The certificate of %1$s expired on %2$s: it has to be renewed.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_not_yet_valid' => /* translators: 1: domain name, 2: date and time */ __(
                'The certificate of %1$s is valid only from %2$s: wait, or correct the clock of this '
                    . 'machine.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_missing' => /* translators: 1: domain name */ __(
                'The server says that it has no certificate for %1$s: add the name to the app, or correct '
                    . 'its DNS.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_of_other_name' => /* translators: 1: domain name */ __(
                'The certificate that is served for %1$s is not for this name: wait for a new one, or '
                    . 'correct the DNS.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_self_signed' => /* translators: 1: domain name */ __(
                'The server of %1$s presents a certificate that it has signed itself: switch AutoSSL on, or '
                    . 'install one of a public CA.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_unknown_issuer' => /* translators: 1: domain name */ __(
                'The certificate of %1$s leads to no root that browsers trust: switch AutoSSL on, or '
                    . 'install one of a public CA.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_incomplete_chain' => /* translators: 1: domain name */ __(
                'The server of %1$s does not send the intermediate certificate: install the whole chain.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_short_key' => /* translators: 1: domain name, 2: number of bits */ __(
                'The key of the certificate of %1$s is %2$s-bit RSA, and browsers want 2048 bits at least: '
                    . 'make a new one with RSA 2048 or ECDSA P-256.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_unusual_key' => /* translators: 1: domain name, 2: kind of key */ __(
                'The key of the certificate of %1$s is %2$s, which not every browser takes: make a new one '
                    . 'with RSA 2048 or ECDSA P-256.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_intermediate_short_key' => /* translators: 1: domain name */ __(
                'An intermediate certificate of %1$s has a key that is too short for browsers: get a '
                    . 'certificate from another CA.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_weak_signature' => /* translators: 1: domain name */ __(
                'A certificate in the chain of %1$s is signed with a broken hash (MD5 or SHA-1): get a new '
                    . 'one.',
                'ultimate-multisite-serverpilot'
            ),
            'certificate_not_accepted' => /* translators: 1: domain name */ __(
                'The certificate of %1$s is not one that browsers accept (malformed, made for another '
                    . 'purpose, or the server does not have its key): get a new one.',
                'ultimate-multisite-serverpilot'
            ),
            'old_protocol' => /* translators: 1: domain name */ __(
                'The server of %1$s has no TLS 1.2 or later, or no cipher, in common with browsers: update '
                    . 'it.',
                'ultimate-multisite-serverpilot'
            ),
            'not_tls' => /* translators: 1: domain name, 2: number of a port */ __(
                'What answers for %1$s on port %2$s does not speak TLS: switch HTTPS on there, or find out '
                    . 'which other service it is.',
                'ultimate-multisite-serverpilot'
            ),
            'client_certificate_required' => /* translators: 1: domain name */ __(
                'The server of %1$s wants a certificate of the visitor\'s: switch client certificates off '
                    . 'for the public site.',
                'ultimate-multisite-serverpilot'
            ),
            'no_route' => /* translators: 1: IP address, 2: domain name */ __(
                'This machine has no route to %1$s: check its network, then the DNS of %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            'connection_refused' => /* translators: 1: number of a port, 2: domain name */ __(
                'Nothing listens on port %1$s of %2$s: switch HTTPS on there, then check the firewalls in '
                    . 'between.',
                'ultimate-multisite-serverpilot'
            ),
            'connection_closed' => /* translators: 1: domain name */ __(
                'The server of %1$s closed the connection during the handshake: check its log and the '
                    . 'firewalls in between.',
                'ultimate-multisite-serverpilot'
            ),
            'connection_timed_out' => /* translators: 1: number of a port, 2: domain name */ __(
                'No connection to port %1$s of %2$s in time: a firewall drops it, or the DNS points to a '
                    . 'machine that is off.',
                'ultimate-multisite-serverpilot'
            ),
            'handshake_timed_out' => /* translators: 1: domain name */ __(
                'The server of %1$s did not finish the handshake in time: it is overloaded, or it is no TLS '
                    . 'server.',
                'ultimate-multisite-serverpilot'
            ),
            'address_blocked' => /* translators: 1: domain name */ __(
                '%1$s leads to an address that is not public, so no connection was made: correct its DNS, '
                    . 'or allow that address (allow_addresses).',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_not_asked' => __(
                'Not asked: it was said where to connect.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_app_unknown' => __(
                'ServerPilot could not be asked.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_not_needed' => __(
                'Not checked: AutoSSL\'s certificate is not what serves this name.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_app_read' => /* translators: 1: number of names */ __(
                'The app was read: %1$s names.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_resolves' => /* translators: 1: list of IP addresses */ __(
                'Resolves to %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_no_such_name' => __(
                'The name does not exist.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_no_address' => __(
                'The name exists and has no address.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_dns_failed' => __(
                'The name servers give no usable answer.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_dns_timed_out' => __(
                'The name servers did not answer in time.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_hosts_file' => /* translators: 1: list of IP addresses */ __(
                'This machine\'s own /etc/hosts says %1$s, which visitors do not see.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_nowhere' => __(
                'There is no address.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_not_asked' => __(
                'The A records could not be asked for.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_none_ipv6_leads' => __(
                'There is no A record; the AAAA record leads to the server.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_none_ipv6_valid' => __(
                'There is no A record; a valid certificate is served at the AAAA record\'s address.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_none' => __(
                'There is no A record.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_leads' => __(
                'The A record leads to the server: ServerPilot\'s certificate is served there.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_server_unknown' => __(
                'ServerPilot does not say what the server\'s address is.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_elsewhere' => /* translators: 1: IP address, 2: IP address */ __(
                'An A record is %1$s, the server is %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_elsewhere_not_valid' =>
                /* translators: 1: IP address, 2: IP address, 3: code of a verdict, for example "expired" */
                __(
                    'An A record is %1$s, the server is %2$s, and at %1$s no valid certificate is served (%3$s).',
                    'ultimate-multisite-serverpilot'
                ),
            'evidence_ipv4_unseen' => /* translators: 1: IP address, 2: IP address */ __(
                'An A record is %1$s, the server is %2$s; what is served at %1$s could not be seen from '
                    . 'here.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_valid' => /* translators: 1: IP address, 2: IP address */ __(
                'An A record is %1$s, the server is %2$s; the certificate that is served at %1$s is valid, '
                    . 'so it is a load balancer, a CDN or another server.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_is_server' => /* translators: 1: IP address */ __(
                'The A record is the server\'s, %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_same_certificate' => /* translators: 1: IP address, 2: IP address */ __(
                'The A record is %1$s and leads to the server, %2$s: the same certificate is served there.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv4_is_proxy' => __(
                'The A records are a proxy\'s.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv6_not_asked' => __(
                'The AAAA records could not be asked for.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv6_none' => __(
                'There is no AAAA record.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv6_elsewhere' => __(
                'The AAAA record does not lead to the same server.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv6_unseen' => __(
                'Whether the AAAA record leads to the same server cannot be told from here.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv6_valid' => __(
                'A valid certificate is served at the AAAA record\'s address.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_ipv6_leads' => __(
                'The AAAA record leads to the same server.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_no_proxy' => __(
                'No known proxy is in between.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_proxy' => __(
                'Cloudflare\'s proxy answers for the name, so the certificate seen here is the proxy\'s.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_caa_unanswered' => /* translators: 1: domain name */ __(
                'The CAA records of %1$s could not be asked for.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_caa_allows' => /* translators: 1: domain name */ __(
                'The CAA records of %1$s allow Let\'s Encrypt.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_caa_forbids' => /* translators: 1: domain name */ __(
                'The CAA records of %1$s do not allow Let\'s Encrypt.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_caa_none' => __(
                'No CAA record restricts who may issue.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_port_80_not_checked' => __(
                'Not checked.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_port_80_open' => __(
                'Something answers for HTTP.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_port_80_hidden' => __(
                'From here nothing at the public address can be reached, and /etc/hosts leads elsewhere.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_port_80_closed' => __(
                'The port for HTTP is closed.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_port_80_dropped' => __(
                'The port for HTTP does not answer: a firewall drops what is sent there.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_port_80_unreachable' => __(
                'The port for HTTP could not be reached from here.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_listed' => __(
                'The app has the name.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_listed_by_another' => __(
                'The app answers for the name by another entry.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_listed_without_certificate' => __(
                'The app does not have the name itself, only an entry that answers for it; AutoSSL makes no '
                    . 'certificate for that.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_not_listed_but_served' => __(
                'The app does not have the name, and its certificate is served for it all the same.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_not_listed' => __(
                'The app does not have the name.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_not_listed' => __(
                'The app has no www name for it.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_unresolved' => __(
                'The app has the www name too, and it does not resolve.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_unanswered' => __(
                'The name servers do not answer for the www name.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_ipv6_elsewhere' => /* translators: 1: IP address */ __(
                'The app has the www name too, and its AAAA record, %1$s, does not lead to the same server.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_ipv4_elsewhere' => /* translators: 1: IP address, 2: IP address */ __(
                'The app has the www name too, and its A record, %1$s, is not the server\'s, %2$s, and '
                    . 'serves no valid certificate.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_unseen' => /* translators: 1: IP address, 2: IP address */ __(
                'The A record of the www name, %1$s, is not the server\'s, %2$s; what is served there could '
                    . 'not be seen from here.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_www_resolves' => __(
                'The www name resolves as well.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_others_not_asked' => __(
                'Asked only where a certificate is waited for.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_others_unanswered' => /* translators: 1: number of names, 2: number of names */ __(
                'For %1$s of the app\'s %2$s other names the name servers do not answer.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_others_resolve' => /* translators: 1: number of names */ __(
                'The app\'s %1$s other names resolve.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_others_unresolved' =>
                /* translators: 1: number of names, 2: number of names, 3: list of domain names */
                __(
                    'Of the app\'s %1$s other names %2$s do not resolve: %3$s. One certificate is made for all, '
                        . 'and such a www name is known to keep it from being made.',
                    'ultimate-multisite-serverpilot'
                ),
            'evidence_too_many_names' => /* translators: 1: number of names, 2: largest number of names */ __(
                'AutoSSL\'s certificate would have to hold %1$s names, and Let\'s Encrypt puts at most %2$s '
                    . 'into one.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_names_fit' => /* translators: 1: number of names */ __(
                '%1$s names fit into one certificate.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_no_custom_certificate' => __(
                'No custom certificate is installed.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_custom_certificate' => __(
                'A custom certificate is installed.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_custom_certificate_valid' => __(
                'A custom certificate is installed, and visitors are served a valid one.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_custom_certificate_not_valid' => __(
                'A custom certificate is installed, so AutoSSL is not used, and it does not serve this name.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_custom_certificate_unseen' => __(
                'A custom certificate is installed; whether it serves this name could not be seen.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_has_certificate' => __(
                'AutoSSL has a certificate.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_certificate_ready' => __(
                'A certificate is ready.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_certificate_not_ready_other_valid' => __(
                'No certificate is ready yet; visitors are served another one, which is valid.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_certificate_not_ready' => __(
                'No certificate is ready yet.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_certificate_not_told' => __(
                'ServerPilot does not say whether a certificate is ready.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_on' => __(
                'AutoSSL is on.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_not_yet' => __(
                'It cannot be enabled yet.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_off_other_valid' => __(
                'AutoSSL is off; visitors are served another certificate, which is valid.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_off' => __(
                'AutoSSL is off.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_autossl_not_used' => __(
                'AutoSSL is not in use.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_in_certificate' => __(
                'AutoSSL\'s certificate holds the name.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_in_certificate_not_told' => __(
                'ServerPilot does not say that AutoSSL\'s certificate holds the name; visitors are served '
                    . 'one that does.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_not_in_certificate' => __(
                'AutoSSL\'s certificate does not hold the name yet.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_served_installed' => __(
                'What is served is what ServerPilot has installed.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_served_nothing' => __(
                'There is nothing to compare.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_served_proxys' => __(
                'The proxy serves a certificate of its own.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_served_other_valid' => __(
                'What is served is not what ServerPilot has installed, and it is valid.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_served_other' => __(
                'What is served is not what ServerPilot has installed.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_nowhere_to_connect' => __(
                'There is no address to connect to.',
                'ultimate-multisite-serverpilot'
            ),
            'evidence_hidden_but_well' => __(
                'From here nothing at the public address can be reached; where /etc/hosts leads, '
                    . 'ServerPilot\'s certificate is served, and it is valid.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_well_from_here' => /* translators: 1: domain name */ __(
                '%1$s is secure as far as can be seen from this machine, which reaches it only by its own '
                    . '/etc/hosts; open it from outside to be sure.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_well' => /* translators: 1: domain name */ __(
                '%1$s is secure; there is nothing to do.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_well_by_another' => /* translators: 1: domain name */ __(
                '%1$s is secure, with a certificate that is not ServerPilot\'s; there is nothing to do, as '
                    . 'long as it shows this site.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_key_refused' => __(
                'Compare the client ID and the API key (WU_SERVER_PILOT_CLIENT_ID, WU_SERVER_PILOT_API_KEY) '
                    . 'with ServerPilot\'s panel, Account → API: ServerPilot refuses them (401).',
                'ultimate-multisite-serverpilot'
            ),
            'advice_payment_required' => __(
                'Add a valid card in ServerPilot\'s panel, Account → Billing: the account has none on file '
                    . '(402).',
                'ultimate-multisite-serverpilot'
            ),
            'advice_permission_denied' => __(
                'Use the key (ServerPilot\'s panel, Account → API) of an account that has the permission '
                    . 'for this app, which this one does not have (403); the panel shows who owns it.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_app_not_found' => __(
                'Compare WU_SERVER_PILOT_APP_ID with the address of the app\'s page in ServerPilot\'s '
                    . 'panel, where the ID stands after apps/ or app/: ServerPilot knows no app with this one '
                    . '(404).',
                'ultimate-multisite-serverpilot'
            ),
            'advice_service_not_trusted' => __(
                'Check the certificates and the clock of this system, and what may answer in ServerPilot\'s '
                    . 'place (the base URL, a proxy).',
                'ultimate-multisite-serverpilot'
            ),
            'advice_service_unreachable' => __(
                'Check the network, the name servers and the firewall of this server, and '
                    . 'status.serverpilot.io.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_service_failing' => __(
                'Try again later; known faults are listed on status.serverpilot.io.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_service_makes_no_sense' => __(
                'Try again later; if it stays so, check what may answer in ServerPilot\'s place (the base '
                    . 'URL, a proxy).',
                'ultimate-multisite-serverpilot'
            ),
            'advice_service_busy' => __(
                'Wait and try again: ServerPilot asks for fewer requests.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_set_record' => /* translators: 1: domain name */ __(
                'Set an A record for %1$s with the server\'s address, at whoever runs its DNS.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_set_record_to' => /* translators: 1: domain name, 2: IP address */ __(
                'Set an A record for %1$s with the server\'s address, %2$s, at whoever runs its DNS.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_dns_unanswered' => /* translators: 1: domain name */ __(
                'Wait and try again; if it stays so, check the DNS zone of %1$s (DNSSEC too) and the name '
                    . 'servers of this machine.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_remove_record' => /* translators: 1: IP address, 2: domain name */ __(
                'Remove the A record %1$s of %2$s, where no valid certificate is served, or point it to '
                    . 'where the others lead.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_only_record' => /* translators: 1: domain name */ __(
                'Make the server\'s address the only A record of %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_only_record_to' => /* translators: 1: IP address, 2: domain name */ __(
                'Make the server\'s address, %1$s, the only A record of %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_ipv6_elsewhere' => /* translators: 1: domain name */ __(
                'Remove the AAAA record of %1$s, or point it to the same server: Let\'s Encrypt and most '
                    . 'visitors prefer it to the A record.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_behind_proxy_well' => /* translators: 1: domain name */ __(
                'Visitors of %1$s are served Cloudflare\'s certificate, which is valid; what the server '
                    . 'itself has cannot be seen from outside.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_behind_proxy' => /* translators: 1: domain name */ __(
                'Switch Cloudflare\'s proxy off for %1$s ("DNS only") until AutoSSL is on; what is seen now '
                    . 'is the proxy\'s certificate.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_caa_forbids' => /* translators: 1: domain name, 2: name of an issuer in a CAA record */ __(
                'Add a CAA record to the DNS of %1$s that allows Let\'s Encrypt (0 issue "%2$s"), or remove '
                    . 'the CAA records.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_port_80_closed' => /* translators: 1: domain name */ __(
                'Open port 80 of the server for everybody: Let\'s Encrypt asks there whether %1$s is yours, '
                    . 'and nowhere else.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_not_listed' => /* translators: 1: domain name */ __(
                'Add %1$s to the app\'s domains (a sync does that).',
                'ultimate-multisite-serverpilot'
            ),
            'advice_www_unresolved' => /* translators: 1: domain name */ __(
                'Set a DNS record for www.%1$s as well, or take that name out of the app: it can keep the '
                    . 'next certificate from being made.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_www_elsewhere' => /* translators: 1: domain name */ __(
                'Point www.%1$s to the server\'s address as well, or take that name out of the app: it can '
                    . 'keep the next certificate from being made.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_www_elsewhere_to' => /* translators: 1: domain name, 2: IP address */ __(
                'Point www.%1$s to the server\'s address, %2$s, as well, or take that name out of the app: '
                    . 'it can keep the next certificate from being made.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_another_name_blocks' => /* translators: 1: list of domain names */ __(
                'Have a DNS record set for each of these or take them out of the app, because a name that '
                    . 'does not resolve can keep the certificate of all from being made: %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_too_many_names' => /* translators: 1: largest number of names */ __(
                'Spread the sites over several apps: this one has more than %1$s names, which is the most '
                    . 'that one certificate of Let\'s Encrypt\'s holds.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_custom_expired' => __(
                'Renew the custom certificate and install it in ServerPilot\'s panel (the app, SSL): it has '
                    . 'expired.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_custom_not_yet_valid' => __(
                'Wait until the custom certificate becomes valid, or install one in ServerPilot\'s panel '
                    . '(the app, SSL) that is valid already.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_custom_incomplete_chain' => /* translators: 1: domain name */ __(
                'Add the intermediate certificate to the custom certificate in ServerPilot\'s panel (the '
                    . 'app, SSL): without it, not every visitor can trust %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_custom_of_other_name' => /* translators: 1: domain name */ __(
                'Replace the custom certificate in ServerPilot\'s panel (the app, SSL) by one that holds '
                    . '%1$s as well as the names it holds now.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_custom_not_trusted' => /* translators: 1: domain name */ __(
                'Replace the custom certificate in ServerPilot\'s panel (the app, SSL) by one of a public '
                    . 'CA that holds %1$s as well as the names it holds now.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_autossl_pending' => __(
                'Wait: ServerPilot makes the certificate some minutes after the DNS of all the app\'s names '
                    . 'is right.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_autossl_off' => __(
                'Switch AutoSSL on: a certificate is ready.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_not_in_certificate' => /* translators: 1: domain name */ __(
                'Wait: AutoSSL\'s next certificate, made some minutes after the last change of the list, '
                    . 'will hold %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_other_certificate' => /* translators: 1: domain name */ __(
                'Wait some minutes for the new certificate to be put in place; if it stays so, another app '
                    . 'or server answers for %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'advice_https_unanswered' => /* translators: 1: domain name */ __(
                'Wait and try again; if it stays so, check the web server of %1$s (its load, its log) and '
                    . 'the firewalls in between.',
                'ultimate-multisite-serverpilot'
            ),
            default => null,
        };
    }
}
