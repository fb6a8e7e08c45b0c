<?php

/*
 * The line between the typed client and what executes its calls: inside this process, or in a helper program.
 * May not know which of the two it is, and knows no host such as WordPress.
 */

declare(strict_types=1);

namespace ServerPilot;

use ServerPilot\Exception\FfiUnavailable;

/** The same library code behind both implementations: the same call gives the same document. */
interface Library
{
    /**
     * Executes one operation and returns when it has ended, in any case within the total deadline of the
     * configuration (20 s where none is set) and a few seconds.
     *
     * The caller sees to it that no string holds a NUL byte and that numbers fit an unsigned 32-bit integer:
     * in C either would silently mean something else.
     *
     * @param string $operation sync_domain, remove_domain, enable_autossl, check_ssl, check_ssl_many, diagnose,
     *     apply, inspect_app, action_status or wait_action. Or version, whose document has the key version alone.
     * @param array{domain?: string, flags?: int, options?: array<string, mixed>, domains?: list<string>,
     *     change?: array<string, mixed>, action_id?: string, timeout_ms?: int} $arguments Those of the operation.
     *
     * @throws FfiUnavailable Where the call could not be started at all, or a helper program is of another release.
     */
    public function call(Configuration $configuration, string $operation, array $arguments): RawResult;
}
