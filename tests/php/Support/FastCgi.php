<?php

/*
 * Sends one request to a FastCGI server on a Unix socket, as a web server does.
 * Must not do more than a test needs: no request body, no persistent connections. The numbers are from the FastCGI
 * specification 1.0, sections 3 and 8.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use RuntimeException;

final class FastCgi
{
    private const BEGIN_REQUEST = 1;
    private const END_REQUEST = 3;
    private const PARAMS = 4;
    private const STDIN = 5;
    private const STDOUT = 6;
    private const STDERR = 7;

    /**
     * @param array<string, string> $query
     * @param array<string, string> $more Parameters besides the script, the method and the query.
     *
     * @return string The response body, preceded by what went to the server's error stream.
     */
    public static function get(string $socket, string $script, array $query, array $more = []): string
    {
        $stream = stream_socket_client("unix://$socket", $code, $message, 5);
        if ($stream === false) {
            throw new RuntimeException("cannot reach php-fpm at $socket: $message");
        }
        stream_set_timeout($stream, 30);
        $params = '';
        $pairs = ['SCRIPT_FILENAME' => $script, 'REQUEST_METHOD' => 'GET', 'QUERY_STRING' => http_build_query($query)];
        foreach ($pairs + $more as $name => $value) {
            // Bit 31 marks the four-byte form of a length.
            $params .= pack('NN', strlen($name) | 0x80000000, strlen($value) | 0x80000000) . $name . $value;
        }
        fwrite($stream, self::record(self::BEGIN_REQUEST, pack('nCx5', 1, 0)) . self::record(self::PARAMS, $params)
            . self::record(self::PARAMS, '') . self::record(self::STDIN, ''));
        $output = '';
        $errors = '';
        do {
            $head = (string) stream_get_contents($stream, 8);
            if (strlen($head) < 8) {
                throw new RuntimeException("php-fpm ended the connection: $errors$output");
            }
            $record = unpack('Cversion/Ctype/nid/nlength/Cpadding', $head);
            $content = (string) stream_get_contents($stream, $record['length'] + $record['padding']);
            $content = substr($content, 0, $record['length']);
            if ($record['type'] === self::STDOUT) {
                $output .= $content;
            } elseif ($record['type'] === self::STDERR) {
                $errors .= $content;
            }
        } while ($record['type'] !== self::END_REQUEST);
        fclose($stream);
        return $errors . (explode("\r\n\r\n", $output, 2)[1] ?? $output);
    }

    private static function record(int $type, string $content): string
    {
        return pack('CCnnCx', 1, $type, 1, strlen($content), 0) . $content;
    }
}
