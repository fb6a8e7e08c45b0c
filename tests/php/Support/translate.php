<?php

/*
 * WordPress's __() and _n() for the plugin's classes where there is no WordPress. Must not know any language: a test sets
 * Translation::$by.
 */

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilotTests\Support\Translation;

function __(string $text, string $domain): string
{
    return Translation::of($text, $domain);
}

function _n(string $one, string $more, int $number, string $domain): string
{
    return Translation::of($number === 1 ? $one : $more, $domain);
}
