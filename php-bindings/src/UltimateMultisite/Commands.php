<?php

// wp serverpilot …: what the hooks and screens do, by hand and for monitoring. Must not do anything of its own: each
// command asks the class that does it. What is for programs goes to standard output and nothing else does there.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Doctor;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Result\Certificate;
use WP_CLI;
use WP_CLI\Utils;

/**
 * Keeps the domain list and AutoSSL of a ServerPilot app in sync with this network.
 *
 * The exit codes of status, check and diagnose are those of monitoring plugins: 0 all is well, 1 something needs
 * attention, 2 critical, 3 not known; where both 2 and 3 hold, it is 2, because that needs somebody. What doctor ends
 * with is said there. Every other command ends with 0 or, where it failed, with 1.
 */
final class Commands
{
    private const ATTENTION = 1;
    private const CRITICAL = 2;
    private const NOT_KNOWN = 3;

    /** Names checked at once. */
    private const PART = 50;

    private const STATUS_FIELDS = [
        'severity', 'domains', 'in_app', 'managed', 'held', 'autossl', 'last_success', 'last_failure', 'next_sync',
        'next_certificate_check',
    ];

    /**
     * Shows how things are, and what comes next. Asks nobody.
     *
     * Exits with 0 if all is well, 1 if something or a domain needs attention, 2 if nothing reaches ServerPilot, 3 if
     * that is not known here (for example because the integration is not enabled).
     *
     * ## OPTIONS
     *
     * [--field=<field>]
     * : Print this field alone.
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas.
     *
     * [--format=<format>]
     * : How it is printed; sentences for people if this is not given.
     * ---
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     * ---
     *
     * ## EXAMPLES
     *
     *     # Is everything well?
     *     $ wp serverpilot status
     *
     *     # For monitoring: the exit code says it, the text says why.
     *     $ wp serverpilot status --format=json --fields=severity,problems
     *
     * @param list<string> $args
     * @param array<string, string> $options
     */
    public function status(array $args, array $options): void
    {
        $problems = StatusReport::problemsHere();
        try {
            $read = DomainOverview::read();
        } catch (SyncFailed $e) {
            $problems += [$e->reason => $e->getMessage()];
            $read = null;
        }
        if ($read !== null) {
            $this->attempt(static function () use ($options, $problems, $read): void {
                CommandOutput::isProse($options) ? self::sentences($read)
                    : CommandOutput::print($options, Documents::status($read, $problems), self::STATUS_FIELDS);
            }, self::NOT_KNOWN);
        }
        foreach ($problems as $code => $problem) {
            WP_CLI::warning("$problem [$code]");
        }
        self::endAs(Severity::overall($problems, $read));
    }

    /**
     * Lists the network's domains, each with its state and whose move it is, as they were last seen. Asks nobody.
     *
     * ## OPTIONS
     *
     * [--group=<group>]
     * : Only these.
     * ---
     * options:
     *   - secure
     *   - waiting
     *   - customer
     *   - operator
     *   - unknown
     * ---
     *
     * [--state=<state>]
     * : Only those in this state.
     * ---
     * options:
     *   - secure
     *   - expiring
     *   - waiting_sync
     *   - waiting_certificate
     *   - waiting_removal
     *   - removal_braked
     *   - no_dns
     *   - held_no_dns
     *   - held_no_room
     *   - held_invalid_domain
     *   - wrong_dns
     *   - unreachable
     *   - not_secure
     *   - not_checked
     * ---
     *
     * [--search=<text>]
     * : Only names that contain this.
     *
     * [--field=<field>]
     * : Print this field alone.
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas: domain, kind, owner, group, state, whose_move, since, dns, valid,
     * reason, issuer, expires, days_left, cause, advice, checked, next_check.
     *
     * [--format=<format>]
     * : How the list is printed.
     * ---
     * default: table
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     *   - count
     * ---
     *
     * ## EXAMPLES
     *
     *     # What needs me?
     *     $ wp serverpilot list --group=operator
     *
     *     # How many names wait for their DNS?
     *     $ wp serverpilot list --group=customer --format=count
     *
     * @subcommand list
     * @param list<string> $args
     * @param array<string, string> $options
     */
    public function list_(array $args, array $options): void // phpcs:ignore PSR1.Methods.CamelCapsMethodName
    {
        $this->attempt(static function () use ($options): void {
            $fields = ['domain', 'kind', 'state', 'whose_move', 'days_left', 'checked', 'next_check'];
            CommandOutput::printAll($options, Documents::domains(DomainOverview::read(), $options), $fields);
        });
    }

    /**
     * Shows what "wp serverpilot sync" would change. Changes nothing.
     *
     * ## OPTIONS
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas: change, domain, reason.
     *
     * [--format=<format>]
     * : How the changes are printed.
     * ---
     * default: table
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     *   - count
     * ---
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot plan
     *     $ wp serverpilot plan --format=count
     *
     * @param list<string> $args
     * @param array<string, string> $options
     */
    public function plan(array $args, array $options): void
    {
        $this->attempt(static function () use ($options): void {
            $rows = CommandOutput::changes(Documents::plan(Sync::preview()));
            CommandOutput::printChanges($options, $rows);
            CommandOutput::tell($options, $rows === []
                ? __('Nothing to do: the app is in sync.', 'ultimate-multisite-serverpilot')
                : __('Nothing was changed.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Syncs the app's list with this network now, also what failed before, and restarts the verification of domains
     * with status "SSL failed" that have a certificate by now.
     *
     * ## OPTIONS
     *
     * [--dry-run]
     * : Show what would change, and change nothing.
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas: change, domain, reason.
     *
     * [--format=<format>]
     * : How the changes are printed.
     * ---
     * default: table
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     *   - count
     * ---
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot sync --dry-run
     *     $ wp serverpilot sync
     *
     * @alias retry
     * @param list<string> $args
     * @param array<string, string|bool> $options
     */
    public function sync(array $args, array $options): void
    {
        if (Utils\get_flag_value($options, 'dry-run', false)) {
            $this->plan($args, array_diff_key($options, ['dry-run' => 1]));
            return;
        }
        $this->attempt(static function () use ($options): void {
            if (Connection::blocked() === null) {
                Verification::restart();
            }
            $run = Documents::run(Sync::requested());
            CommandOutput::printChanges($options, CommandOutput::changes($run));
            $problems = StatusReport::problems();
            if ($problems !== []) {
                // A success with names left out is not "everything".
                WP_CLI::error(implode(' ', $problems));
            }
            CommandOutput::tell($options, $run['changed'] ? __('Synced.', 'ultimate-multisite-serverpilot')
                : __('Nothing to do: the app is in sync.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Checks certificates as a browser would.
     *
     * Exits with 0 if all are valid, 1 if one expires within --warn-days, 2 if one is not valid, 3 if one could not
     * be asked and 2 does not hold.
     *
     * ## OPTIONS
     *
     * [<domain>...]
     * : The names to check.
     *
     * [--all]
     * : Check every domain of the network.
     *
     * [--allow-address=<addresses>]
     * : Private addresses or networks (CIDR) that may be connected to nevertheless, separated by commas.
     *
     * [--connect-to=<address>]
     * : Connect to this address ("ip:port") whatever the DNS says. For one name.
     *
     * [--port=<port>]
     * : The port to connect to.
     *
     * [--timeout=<seconds>]
     * : How long one name may take.
     *
     * [--warn-days=<days>]
     * : Days before the expiry from which on that is a warning.
     *
     * [--field=<field>]
     * : Print this field alone.
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas: domain, valid, reason, dns, issuer, expires, days_left, connected_to,
     * tls_version, listed, is_serverpilots, message.
     *
     * [--format=<format>]
     * : How the results are printed.
     * ---
     * default: table
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     *   - count
     * ---
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot check shop.example.com
     *     $ wp serverpilot check --all --format=csv
     *
     *     # A server that is not public yet.
     *     $ wp serverpilot check shop.example.com --allow-address=10.0.0.0/8
     *
     * @param list<string> $args
     * @param array<string, string|bool> $options
     */
    public function check(array $args, array $options): void
    {
        $warnDays = CommandOptions::number($options, 'warn-days') ?? 0;
        $this->attempt(static function () use ($args, $options, $warnDays): void {
            $isAll = (bool) Utils\get_flag_value($options, 'all', false);
            if ($isAll === ($args !== [])) {
                WP_CLI::error(__('Give the names to check, or --all.', 'ultimate-multisite-serverpilot'));
            }
            $names = $isAll ? DomainOverview::current()->checkable() : $args;
            $checks = self::checked($names, CommandOptions::forChecks($options));
            CommandOutput::printAll(
                $options,
                array_map(Documents::check(...), $checks),
                ['domain', 'valid', 'reason', 'days_left', 'issuer', 'message']
            );
            self::endAs(Severity::worst(array_map(static fn (Certificate $one): string => match (true) {
                $one->valid === null => Severity::UNKNOWN,
                !$one->valid => Severity::CRITICAL,
                default => $one->daysLeft < $warnDays ? Severity::WARNING : Severity::OK,
            }, $checks)));
        }, self::NOT_KNOWN);
    }

    /**
     * Says why a name is not secure, and whose move it is.
     *
     * Exits with 0 if all is well, 1 if somebody has to act or wait, 3 if that could not be found out.
     *
     * ## OPTIONS
     *
     * <domain>
     * : The name to diagnose.
     *
     * [--allow-address=<addresses>]
     * : Private addresses or networks (CIDR) that may be connected to nevertheless, separated by commas.
     *
     * [--connect-to=<address>]
     * : Connect to this address ("ip:port") whatever the DNS says.
     *
     * [--port=<port>]
     * : The port to connect to.
     *
     * [--timeout=<seconds>]
     * : How long one connection may take.
     *
     * [--field=<field>]
     * : Print this field alone.
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas: domain, cause, whose_move, advice, evidence, next_check_seconds.
     *
     * [--format=<format>]
     * : How it is printed; sentences for people if this is not given.
     * ---
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     * ---
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot diagnose shop.example.com
     *     $ wp serverpilot diagnose shop.example.com --field=whose_move
     *
     * @param list<string> $args
     * @param array<string, string> $options
     */
    public function diagnose(array $args, array $options): void
    {
        $this->attempt(static function () use ($args, $options): void {
            $name = DesiredDomains::normal($args[0]);
            $held = Database::state()[0]->held[$name] ?? null;
            $made = Documents::diagnosis(Connection::client()->diagnose($args[0], CommandOptions::forChecks($options)));
            if (!CommandOutput::isProse($options)) {
                $fields = ['domain', 'cause', 'whose_move', 'advice', 'next_check_seconds'];
                CommandOutput::print($options, $made, $fields);
            } else {
                if ($held !== null) {
                    // A name that this plugin left out is not in the app for a reason that ServerPilot does not know.
                    WP_CLI::log(StatusReport::held($held['reason'], [$name]));
                }
                foreach ($made['evidence'] as $evidence) {
                    WP_CLI::log(sprintf('%s: %s. %s', $evidence['check'], $evidence['outcome'], $evidence['detail']));
                }
                WP_CLI::log(sprintf(
                    /* translators: 1: name of the cause, 2: who has to act */
                    __('Cause: %1$s. Who has to act: %2$s.', 'ultimate-multisite-serverpilot'),
                    $made['cause'],
                    Labels::move($made['whose_move'])
                ));
                WP_CLI::log($made['advice']);
            }
            self::end($made['whose_move'] === 'nobody' ? 0 : self::ATTENTION);
        }, self::NOT_KNOWN);
    }

    /**
     * Enables AutoSSL if ServerPilot has a certificate ready, after a sync of the list; else says why it is not on.
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot autossl
     */
    public function autossl(): void
    {
        $this->attempt(static function (): void {
            Sync::requested();
            [$state, $now] = Database::state();
            $text = StatusReport::autossl($state, $now);
            in_array($state->autossl['state'] ?? '', ['on', 'custom'], true)
                ? WP_CLI::success($text) : WP_CLI::error($text);
        });
    }

    /**
     * Decides whose network this is, after its database was copied or moved.
     *
     * ## OPTIONS
     *
     * <decision>
     * : "moved": this is the same network, and its managed domains stay its own. "new": this is a new network, which
     * manages nothing yet. "ignore": leave this copy alone.
     * ---
     * options:
     *   - moved
     *   - new
     *   - ignore
     * ---
     *
     * ## EXAMPLES
     *
     *     # On a staging copy.
     *     $ wp serverpilot network ignore
     *
     * @param list<string> $args
     */
    public function network(array $args): void
    {
        $this->decide($args[0]);
    }

    /**
     * Allows the removals that wait for a decision.
     *
     * ## EXAMPLES
     *
     *     # First check which they are.
     *     $ wp serverpilot plan
     *     $ wp serverpilot allow-removals
     *
     * @subcommand allow-removals
     */
    public function allow_removals(): void // phpcs:ignore PSR1.Methods.CamelCapsMethodName -- WP-CLI's convention
    {
        $this->decide('allow');
    }

    /**
     * Takes over a domain that is mapped here and was put into the app by somebody else.
     *
     * ## OPTIONS
     *
     * <domain>
     * : The name to manage from now on.
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot adopt shop.example.com
     *
     * @param list<string> $args
     */
    public function adopt(array $args): void
    {
        $this->decide('adopt', $args[0]);
    }

    /**
     * Says how PHP reaches the library on this host, and which line makes it faster. Asks no server.
     *
     * This is the PHP of the command line; of PHP-FPM, which has settings of its own, the files of its pools are read.
     * Exits with 0 if it works as fast as it can, 1 if it works and could be faster, 2 if it does not work.
     *
     * ## OPTIONS
     *
     * [--field=<field>]
     * : Print this field alone.
     *
     * [--fields=<fields>]
     * : Print these fields, separated by commas: code, level, message, details.
     *
     * [--format=<format>]
     * : How the checks are printed.
     * ---
     * default: table
     * options:
     *   - table
     *   - json
     *   - csv
     *   - yaml
     *   - count
     * ---
     *
     * ## EXAMPLES
     *
     *     $ wp serverpilot doctor
     *
     *     # What is written where, for a program that sets up hosts.
     *     $ wp serverpilot doctor --format=json --fields=code,details
     *
     * @param list<string> $args
     * @param array<string, string> $options
     */
    public function doctor(array $args, array $options): void
    {
        $checks = Doctor::examine();
        CommandOutput::printAll($options, array_map(Documents::host(...), $checks), ['level', 'message']);
        self::end(Doctor::exitCode($checks));
    }

    private function decide(string $decision, string $name = ''): void
    {
        $this->attempt(static function () use ($decision, $name): void {
            Sync::decide($decision, $name);
            WP_CLI::success(Messages::decided($decision, $name));
        });
    }

    private static function sentences(DomainOverview $read): void
    {
        WP_CLI::log(Labels::summary($read->overview));
        foreach (StatusReport::lines($read) as $label => $value) {
            WP_CLI::log("$label: $value");
        }
    }

    /**
     * @param list<string> $names
     * @param array<string, mixed> $options
     * @return list<Certificate>
     */
    private static function checked(array $names, array $options): array
    {
        $client = Connection::client();
        if (count($names) === 1) {
            return [$client->checkSsl($names[0], $options)];
        }
        $bar = Utils\make_progress_bar(__('Checking', 'ultimate-multisite-serverpilot'), count($names));
        $checks = [];
        foreach (array_chunk($names, self::PART) as $part) {
            array_push($checks, ...$client->checkSslMany($part, $options));
            $bar->tick(count($part));
        }
        $bar->finish();
        return $checks;
    }

    private static function endAs(string $severity): void
    {
        self::end(match ($severity) {
            Severity::CRITICAL => self::CRITICAL,
            Severity::UNKNOWN => self::NOT_KNOWN,
            Severity::WARNING => self::ATTENTION,
            default => 0,
        });
    }

    private static function end(int $code): void
    {
        if ($code !== 0) {
            WP_CLI::halt($code);
        }
    }

    private function attempt(callable $do, int $code = 1): void
    {
        try {
            $do();
        } catch (ServerPilotException | SyncFailed $e) {
            // As WP_CLI::error() does, with another exit code.
            WP_CLI::error(LibraryMessages::of($e), false);
            WP_CLI::halt($code);
        }
    }
}
