<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// One step from the command line: php step.php <site> <step> <json>

declare(strict_types=1);

[, $site, $step, $json] = $argv;
$_SERVER += ['HTTP_HOST' => 'network.test', 'SERVER_NAME' => 'network.test', 'REQUEST_URI' => '/',
    'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET', 'REMOTE_ADDR' => '127.0.0.1'];
$_SERVER['HTTP_HOST'] = 'network.test';
require "$site/wp-load.php";
require_once __DIR__ . '/test-mu-plugin-steps.php';
echo "\n" . test_mu_plugin_execute($step, $json);
