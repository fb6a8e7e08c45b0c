<?php

/*
 * PHP's stream sockets, which check a certificate as Ultimate Multisite does it, one name after the other:
 * streams.php certificates COUNT. With CA_FOLDER a hashed folder of authorities, else the file BUNDLE.
 */

declare(strict_types=1);

require __DIR__ . '/measure.php';

measure(static fn () => null, static function (mixed $nothing, string $operation, int $count): void {
    $authorities = getenv('CA_FOLDER') === false ? ['cafile' => getenv('BUNDLE')] : ['capath' => getenv('CA_FOLDER')];
    for ($n = 0; $n < $count; $n++) {
        $context = stream_context_create(['ssl' => $authorities + [
            'capture_peer_cert' => true,
            'peer_name' => "n$n.example.org",
        ]]);
        $socket = stream_socket_client('ssl://' . getenv('SITE'), $code, $why, 30, STREAM_CLIENT_CONNECT, $context);
        if ($socket === false) {
            exit("n$n.example.org: $why\n");
        }
        $certificate = stream_context_get_params($socket)['options']['ssl']['peer_certificate'];
        if (openssl_x509_parse($certificate)['validTo_time_t'] < time()) {
            exit("n$n.example.org has expired\n");
        }
        fclose($socket);
    }
});
