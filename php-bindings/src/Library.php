<?php

/*
 * The interface between the typed client and what executes its calls: this process or a helper program.
 * Must not depend on which of the two it is, nor on a host such as WordPress.
 */

declare(strict_types=1);

namespace ServerPilot;

use ServerPilot\Exception\FfiUnavailable;

/** Both implementations run the same library code: the same call returns the same document. */
interface Library
{
    /**
     * Executes one operation and returns when it has ended, at the latest a few seconds after the
     * configuration's total time limit (20 s if unset).
     *
     * The caller ensures that no string contains a NUL byte and that numbers fit an unsigned 32-bit integer:
     * in C, either would silently change its meaning.
     *
     * @param string $operation sync_domain, remove_domain, enable_autossl, check_ssl, check_ssl_many, diagnose,
     *     apply, inspect_app, action_status, wait_action, or version, whose document has only the key version.
     * @param array{domain?: string, flags?: int, options?: array<string, mixed>, domains?: list<string>,
     *     change?: array<string, mixed>, action_id?: string, timeout_ms?: int} $arguments Those of the operation.
     *
     * @throws FfiUnavailable If the call could not be started, or the helper program is from another release.
     */
    public function call(Configuration $configuration, string $operation, array $arguments): RawResult;
}
