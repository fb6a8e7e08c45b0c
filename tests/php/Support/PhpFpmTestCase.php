<?php

/*
 * A test with a php-fpm, a folder and the fake ServerPilot, which all end with it. Must not start a php-fpm itself: each
 * test says with which settings.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

abstract class PhpFpmTestCase extends FakeServerPilotTestCase
{
    protected TemporaryFolder $folder;

    protected ?PhpFpm $fpm = null;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = new TemporaryFolder();
    }

    protected function tearDown(): void
    {
        $this->fpm?->stop();
        $this->folder->remove();
    }
}
