<?php

// Debian's PHPUnit without its program, which looks for a PHP to be started by.

declare(strict_types=1);

ini_set('date.timezone', 'UTC');
define('PHPUNIT_COMPOSER_INSTALL', 'PHPUnit/Autoload.php');
require PHPUNIT_COMPOSER_INSTALL;
PHPUnit\TextUI\Command::main();
