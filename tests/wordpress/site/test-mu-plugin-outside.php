<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// What a real Ultimate Multisite sees outside of the network: nothing but what a test says there is. DNS is right
// for the names in the option test_dns_correct, and those in test_certificates have a certificate; ServerPilot's
// own API, which only the built-in integration asks, counts the question. Its class for certificates is shown
// another outside by functions in its own namespace, since it asks no WordPress function.

declare(strict_types=1);

namespace WP_Ultimo\Domain_Mapping {

    function stream_socket_client(string $address, &$code = null, &$message = null, mixed ...$ignored): mixed
    {
        $name = (string) parse_url($address, PHP_URL_HOST);
        $message = "the test has no certificate for $name";
        $there = in_array($name, (array) get_network_option(null, 'test_certificates', []), true);
        return $there ? fopen("data://text/plain,$name", 'r') : false;
    }

    function stream_context_get_options(mixed $context): array
    {
        return ['ssl' => ['peer_certificate' => 'stands for the one that the test speaks of']];
    }

    function openssl_x509_parse(mixed $certificate): array
    {
        $names = (array) get_network_option(null, 'test_certificates', []);
        return ['validFrom_time_t' => time() - 60, 'validTo_time_t' => time() + 86400, 'subject' => ['CN' => $names[0]],
            'extensions' => ['subjectAltName' => 'DNS:' . implode(', DNS:', $names)]];
    }
}

namespace {

    add_filter('pre_http_request', static function ($answer, $arguments, $url) {
        $name = (string) parse_url($url, PHP_URL_HOST);
        if ($name === 'api.serverpilot.io') {
            update_network_option(null, 'test_builtin_calls', 1 + (int) get_network_option(null, 'test_builtin_calls', 0));
        }
        // Ultimate Multisite asks the name for itself: whoever answers with the mapping's number is the network.
        if (in_array($name, (array) get_network_option(null, 'test_dns_correct', []), true)) {
            $body = (string) json_encode(['id' => wu_get_domain_by_domain($name)->get_id()]);
            return ['headers' => [], 'body' => $body, 'response' => ['code' => 200, 'message' => 'OK'], 'cookies' => []];
        }
        return new WP_Error('outside', "the test has no $name");
    }, 10, 3);
}
