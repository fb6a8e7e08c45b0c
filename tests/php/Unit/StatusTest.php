<?php

/*
 * Compares the status numbers with the C header, which is generated from the library: both must be identical.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ServerPilot\Status;

final class StatusTest extends TestCase
{
    public function testNumbersAndNamesAreThoseOfTheHeader(): void
    {
        $header = (string) file_get_contents(dirname(__DIR__, 3) . '/php-bindings/serverpilot-ffi.h');
        preg_match_all('/^\s*(SP_OK|SP_ERR_\w+) = (\d+)/m', $header, $found);
        self::assertNotSame([], $found[1], 'php-bindings/serverpilot-ffi.h has no status enumerators');
        $inHeader = array_combine($found[1], array_map('intval', $found[2]));
        $here = [];
        foreach (Status::cases() as $status) {
            $here[$status->symbol()] = $status->value;
        }
        self::assertSame($inHeader, $here);
    }

    public function testAnUnknownNumberHasANameToo(): void
    {
        self::assertSame('SP_ERR_INVALID_UTF8', Status::symbolOf(2));
        self::assertSame('SP_ERR_4711', Status::symbolOf(4711));
    }
}
