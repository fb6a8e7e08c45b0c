<?php

/*
 * A sync from PHP, by FFI and by the helper program, with nothing but what is handed out: a folder with
 * the C archive and one with the plugin. The plugin's binding needs PHP 8.1; an older PHP calls the
 * library and the helper program as the archive documents them.
 *
 *     php -d ffi.enable=1 whole_sync.php ARCHIVE PLUGIN ffi|helper DOMAIN
 */

declare(strict_types=1);

[, $archive, $plugin, $way, $domain] = $argv;

/** @return array<string, mixed> the document of a sync */
function bound(string $plugin, string $way, string $domain): array
{
    require "$plugin/autoload.php";
    $library = $way === 'ffi' ? ServerPilot\Native::load() : ServerPilot\HelperProgram::locate();
    // By position: an older PHP reads this file too.
    $configuration = new ServerPilot\Configuration(
        (string) getenv('SP_CLIENT_ID'),
        (string) getenv('SP_API_KEY'),
        (string) getenv('SP_APP_ID'),
        (string) getenv('SP_BASE_URL'),
        (string) getenv('SP_CA_FILE')
    );
    $result = (new ServerPilot\ServerPilot($configuration, $library))->syncDomain($domain);
    return ['status' => 'SP_OK', 'changed' => $result->changed, 'message' => $result->message];
}

/** @return array<string, mixed> the document of a sync */
function called(string $archive, string $domain): array
{
    $header = (string) file_get_contents("$archive/share/serverpilot/serverpilot-ffi.h");
    $ffi = FFI::cdef((string) preg_replace('/^#.*$/m', '', $header), "$archive/lib/libserverpilot.so.1");
    $config = $ffi->sp_config_new();
    $ffi->sp_config_set_credentials($config, (string) getenv('SP_CLIENT_ID'), (string) getenv('SP_API_KEY'));
    $ffi->sp_config_set_app_id($config, (string) getenv('SP_APP_ID'));
    $ffi->sp_config_set_base_url($config, (string) getenv('SP_BASE_URL'));
    $ffi->sp_config_set_ca_file($config, (string) getenv('SP_CA_FILE'));
    $client = $ffi->new('sp_client *');
    $ffi->sp_client_new($config, FFI::addr($client));
    $result = $ffi->new('sp_result *');
    $ffi->sp_sync_domain($client, $domain, 0, FFI::addr($result));
    $document = json_decode($ffi->sp_result_json($result), true, 64, JSON_THROW_ON_ERROR);
    $ffi->sp_result_free($result);
    $ffi->sp_client_free($client);
    $ffi->sp_config_free($config);
    return $document;
}

/** @return array<string, mixed> the document of a sync */
function requested(string $archive, string $domain): array
{
    $pipes = [];
    $process = proc_open(["$archive/libexec/serverpilot-helper"], [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
    if ($process === false) {
        throw new RuntimeException('the helper program does not start');
    }
    fwrite($pipes[0], json_encode([
        'config' => [
            'client_id' => getenv('SP_CLIENT_ID'),
            'api_key' => getenv('SP_API_KEY'),
            'app_id' => getenv('SP_APP_ID'),
            'base_url' => getenv('SP_BASE_URL'),
            'ca_file' => getenv('SP_CA_FILE'),
        ],
        'operation' => 'sync_domain',
        'domain' => $domain,
    ], JSON_THROW_ON_ERROR));
    fclose($pipes[0]);
    $answer = json_decode((string) stream_get_contents($pipes[1]), true, 64, JSON_THROW_ON_ERROR);
    proc_close($process);
    return $answer['document'] ?? $answer;
}

if (PHP_VERSION_ID >= 80100) {
    $document = bound($plugin, $way, $domain);
} else {
    $document = $way === 'ffi' ? called($archive, $domain) : requested($archive, $domain);
}
if (($document['status'] ?? '') !== 'SP_OK' || ($document['changed'] ?? false) !== true) {
    fwrite(STDERR, json_encode($document, JSON_PRETTY_PRINT) . "\n");
    exit(1);
}
echo PHP_VERSION, " by $way: {$document['message']}\n";
