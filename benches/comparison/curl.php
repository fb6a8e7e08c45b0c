<?php

/*
 * PHP's curl as one client of the comparison: curl.php OPERATION COUNT. With KEEP=1 one handle for all requests,
 * and no more of them than it takes. Without it as Ultimate Multisite's built-in module does it: a new handle for
 * each request, each name on its own, and AutoSSL asked for after each that was added.
 */

declare(strict_types=1);

require __DIR__ . '/measure.php';

$ask = static function (?CurlHandle $kept, string $path = '', ?array $body = null, bool $mayFail = false): array {
    $handle = $kept ?? curl_init();
    curl_setopt_array($handle, [
        CURLOPT_URL => getenv('SP_BASE_URL') . '/apps/' . getenv('SP_APP_ID') . $path,
        CURLOPT_USERPWD => getenv('SP_CLIENT_ID') . ':' . getenv('SP_API_KEY'),
        CURLOPT_CAINFO => getenv('BUNDLE'),
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
    ]);
    if ($body === null) {
        curl_setopt($handle, CURLOPT_HTTPGET, true);
    } else {
        curl_setopt($handle, CURLOPT_POSTFIELDS, json_encode($body));
        curl_setopt($handle, CURLOPT_HTTPHEADER, ['Content-Type: application/json']);
    }
    $answer = curl_exec($handle);
    $status = curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
    if ($status !== 200 && !($mayFail && $status === 400)) {
        exit("$path: " . curl_error($handle) . " $answer\n");
    }
    return json_decode((string) $answer, true, 16, JSON_THROW_ON_ERROR)['data'] ?? [];
};

// A read, and a write if the list has to differ.
$change = static function (?CurlHandle $handle, array $add, array $remove) use ($ask): void {
    $domains = $ask($handle)['domains'];
    $wanted = array_values(array_unique([...array_diff($domains, $remove), ...$add]));
    if (array_diff($wanted, $domains) !== [] || count($wanted) !== count($domains)) {
        $ask($handle, '', ['domains' => $wanted]);
        if ($handle === null && $add !== []) {
            // Refused as long as no certificate is ready.
            $ask(null, '/ssl', ['auto' => true], true);
        }
    }
};

measure(
    static fn (): ?CurlHandle => getenv('KEEP') === false ? null : curl_init(),
    static function (?CurlHandle $handle, string $operation, int $count) use ($change): void {
        $names = array_map(static fn (int $n): string => "name$n.example.org", range(0, $count - 1));
        if ($operation === 'at-once' && $handle !== null) {
            $change($handle, $names, []);
            return;
        }
        foreach ($names as $name) {
            match ($operation) {
                'present' => $change($handle, ['present.example.org'], []),
                // One hook for each name is how these plugins are told.
                'add', 'at-once' => $change($handle, [$name], []),
                'remove' => $change($handle, [], [$name]),
            };
        }
    },
);
