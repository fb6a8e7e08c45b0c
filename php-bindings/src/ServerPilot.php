<?php

/*
 * The typed client: one method per function of the library, results as values, failures as exceptions.
 * Must not depend on WordPress or on how a call is executed; its only state is its configuration.
 */

declare(strict_types=1);

namespace ServerPilot;

use SensitiveParameter;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\UsageException;
use ServerPilot\Result\Action;
use ServerPilot\Result\App;
use ServerPilot\Result\AutosslResult;
use ServerPilot\Result\Certificate;
use ServerPilot\Result\Diagnosis;
use ServerPilot\Result\ListResult;

/**
 * Every method may throw:
 *  - FfiUnavailable: this PHP cannot execute the library, or the helper program is from another release;
 *  - Exception\UsageException (1–19): the call is invalid as made; nothing was sent;
 *  - Exception\TransportException (20–39): ServerPilot could not be asked;
 *  - Exception\ServiceException (40–59): ServerPilot refused, or its answer makes no sense;
 *  - Exception\RuleException (60–79): a rule about the domain itself forbids it.
 */
final class ServerPilot
{
    /** Includes `www.` for a registrable domain, by the Public Suffix List. */
    public const WWW_AUTO = 0;
    public const WWW_ALWAYS = 1;
    public const WWW_NEVER = 2;

    /** Does not touch AutoSSL. */
    public const NO_AUTOSSL = 4;

    /** Dry run: reads and plans, writes nothing. */
    public const DRY_RUN = 8;

    /** The largest number that fits the library's unsigned 32-bit integers. */
    private const LARGEST = 0xFFFF_FFFF;

    private readonly Library $library;

    /**
     * Sends nothing. Keep the object: later calls then reuse the connection of earlier ones.
     *
     * @param Library|null $library Executes the calls; null: the one that choose() finds.
     *
     * @throws FfiUnavailable
     */
    public function __construct(private readonly Configuration $configuration, ?Library $library = null)
    {
        $this->library = $library ?? self::choose();
    }

    /**
     * The library inside this process if PHP allows it, else in a helper program.
     *
     * @param string|null $libraryPath The only libserverpilot.so to try; null: the usual places.
     * @param string|null $helperPath The only helper program to try; null: the one shipped with the binding.
     *
     * @throws FfiUnavailable If neither is possible; cure() is the line that fixes the first of the two.
     */
    public static function choose(?string $libraryPath = null, ?string $helperPath = null): Library
    {
        try {
            return Native::load($libraryPath);
        } catch (FfiUnavailable $inside) {
            try {
                return HelperProgram::locate($helperPath);
            } catch (FfiUnavailable $beside) {
                throw FfiUnavailable::neither($inside, $beside);
            }
        }
    }

    /**
     * Ensures that the app has this name (and its `www.`, as the flags say), and AutoSSL once it is available.
     * Also succeeds if there was nothing to do, and if AutoSSL has to wait: see $autosslState.
     *
     * @param string $domain As a person types it: any case, any script, surrounding white space.
     * @param int $flags The sum of WWW_ALWAYS or WWW_NEVER, NO_AUTOSSL and DRY_RUN.
     */
    public function syncDomain(string $domain, int $flags = self::WWW_AUTO): ListResult
    {
        return new ListResult($this->succeed('sync_domain', ['domain' => $domain, 'flags' => $flags]));
    }

    /**
     * Ensures that the app does not have this name, nor its `www.` unless WWW_NEVER is set: set it if `www.` is a
     * mapping of its own. The app's last name and protected names stay (RuleException).
     *
     * @param int $flags As for syncDomain().
     */
    public function removeDomain(string $domain, int $flags = self::WWW_AUTO): ListResult
    {
        return new ListResult($this->succeed('remove_domain', ['domain' => $domain, 'flags' => $flags]));
    }

    /**
     * Many names in one write, with one lock and one read of the list.
     *
     * @param array{add?: array<string>, remove?: array<string>, desired?: array<string>, owned?: array<string>,
     *     www?: string, autossl?: bool, dry_run?: bool, overflow?: string, max_removals?: int} $change Either add
     *     and remove, or desired and owned: names that are owned and not desired are removed, names that are neither
     *     stay. www: "auto", "always" or "never". overflow: "refuse" (unset), or "fit": desired is in order of
     *     importance, and what has no room is left out from the end (skipped, reason "no_room"). max_removals: where
     *     more names would be removed, nothing is written (RuleException); unset: no limit.
     */
    public function apply(array $change): ListResult
    {
        foreach (['add', 'remove', 'desired', 'owned'] as $names) {
            if (is_array($change[$names] ?? null)) {
                // With gaps in its keys, as array_filter() leaves them, a list would be encoded as a JSON object.
                $change[$names] = array_values($change[$names]);
            }
        }
        return new ListResult($this->succeed('apply', ['change' => $change]));
    }

    /**
     * Enables AutoSSL if ServerPilot has a certificate ready. Throws a RuleException if none is ready (retryable)
     * or if a custom certificate is installed, which is never touched.
     */
    public function enableAutossl(): AutosslResult
    {
        return new AutosslResult($this->succeed('enable_autossl', []));
    }

    /**
     * What a browser would say about this name. "Not valid" and "could not ask" are results, not exceptions.
     *
     * @param array{connect_to?: string, port?: int, timeout_ms?: int, allow_addresses?: array<string>,
     *     warn_days?: int, dns_servers?: array<string>} $options connect_to and dns_servers are "ip:port";
     *     timeout_ms applies to one name; allow_addresses are private IPs or CIDR networks that may be
     *     connected to nevertheless.
     */
    public function checkSsl(string $domain, array $options = []): Certificate
    {
        return new Certificate($this->observe('check_ssl', [
            'domain' => $domain,
            'options' => self::listed($options),
        ], 'valid'));
    }

    /**
     * The same for many names at once.
     *
     * @param array<string> $domains At most 1,000.
     * @param array<string, mixed> $options As for checkSsl(), and concurrency: 1 to 200, 50 by default.
     *
     * @return list<Certificate> In the order of $domains; the reason is "timeout" for those that the call had no
     *     time left for.
     */
    public function checkSslMany(array $domains, array $options = []): array
    {
        $document = $this->observe('check_ssl_many', [
            'options' => self::listed($options),
            'domains' => array_values($domains),
        ], 'results');
        $results = array_filter((array) $document['results'], 'is_array');
        return array_map(static fn (array $one): Certificate => new Certificate($one), array_values($results));
    }

    /**
     * Why is this name not secure, and who has to act? Succeeds whenever a diagnosis could be made.
     *
     * @param array<string, mixed> $options As for checkSsl(), and http_port: the port to try plain HTTP on, 80 by
     *     default.
     */
    public function diagnose(string $domain, array $options = []): Diagnosis
    {
        return new Diagnosis($this->succeed('diagnose', [
            'domain' => $domain,
            'options' => self::listed($options),
        ]));
    }

    /** Tests the connection and shows the app's state. Reads only. */
    public function inspectApp(): App
    {
        return new App($this->succeed('inspect_app', []));
    }

    /** The state of an action on the server; $actionId comes from a ListResult. */
    public function actionStatus(string $actionId): Action
    {
        return new Action($this->succeed('action_status', ['action_id' => $actionId]));
    }

    /**
     * Waits until the action has ended. Throws a RuleException if it failed, and a TransportException if it did
     * not end in time.
     *
     * @param int $timeoutMs Milliseconds, 0 for the whole time of the call; the configuration's total time limit
     *     ends the wait as well.
     */
    public function waitAction(string $actionId, int $timeoutMs): Action
    {
        return new Action($this->succeed('wait_action', ['action_id' => $actionId, 'timeout_ms' => $timeoutMs]));
    }

    /** The library's version; null if unknown. */
    public function version(): ?string
    {
        $version = $this->library->call($this->configuration, 'version', [])->document['version'] ?? null;
        return is_string($version) ? $version : null;
    }

    /**
     * A call for which every status but 0 is an exception.
     *
     * @param array<string, mixed> $arguments
     *
     * @return array<string, mixed> The document.
     */
    private function succeed(string $operation, array $arguments): array
    {
        $answer = $this->ask($operation, $arguments);
        if ($answer->status !== Status::Ok->value || $answer->document === null) {
            throw ServerPilotException::from($answer, $operation, $arguments);
        }
        return $answer->document;
    }

    /**
     * A call whose failures are data, as long as there is an observation in the document.
     *
     * @param array<string, mixed> $arguments
     * @param string $observation The key of the observation.
     *
     * @return array<string, mixed> The document.
     */
    private function observe(string $operation, array $arguments, string $observation): array
    {
        $answer = $this->ask($operation, $arguments);
        if ($answer->document === null || !array_key_exists($observation, $answer->document)) {
            throw ServerPilotException::from($answer, $operation, $arguments);
        }
        return $answer->document;
    }

    /** @param array<string, mixed> $arguments */
    private function ask(string $operation, array $arguments): RawResult
    {
        // Thrown here and not where it is detected: there, the trace would show the settings as an argument.
        $unusable = self::unusable($this->configuration->settings()) ?? self::unusable($arguments);
        if ($unusable !== null) {
            throw UsageException::unusable($operation, ...$unusable);
        }
        return $this->library->call($this->configuration, $operation, $arguments);
    }

    /**
     * Finds values that C would silently misread: a string ends at its first NUL byte, and only the lower 32 bits of
     * a number arrive; and values that would throw where the secrets are arguments: a name that is not a string.
     *
     * @param array<string, mixed> $values
     *
     * @return array{string, string}|null Which one, and why.
     */
    private static function unusable(#[SensitiveParameter] array $values): ?array
    {
        foreach ($values as $name => $value) {
            foreach (is_array($value) && in_array($name, ['timeouts', 'protect'], true) ? $value : [$value] as $one) {
                if ($name === 'protect' && !is_string($one)) {
                    return [$name, 'A name is not a text'];
                }
                if (is_string($one) && str_contains($one, "\0")) {
                    return [$name, 'A text holds a NUL byte'];
                }
                if (is_int($one) && ($one < 0 || $one > self::LARGEST)) {
                    return [$name, 'A number is negative or too large'];
                }
            }
        }
        return null;
    }

    /**
     * @param array<string, mixed> $options
     *
     * @return array<string, mixed>
     */
    private static function listed(array $options): array
    {
        foreach (['allow_addresses', 'dns_servers'] as $addresses) {
            if (is_array($options[$addresses] ?? null)) {
                $options[$addresses] = array_values($options[$addresses]);
            }
        }
        return $options;
    }
}
