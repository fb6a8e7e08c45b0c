<?php

// The parts of the page around the table: the one thing to do, the connection, the two limits, a check that is under
// way. Shows what is remembered; must not ask any other host, and escapes all of it.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\Controller\Controller;
use ServerPilot\Controller\DomainStatus;
use ServerPilot\Controller\Overview;
use ServerPilot\Controller\State;
use ServerPilot\Doctor;
use ServerPilot\UltimateMultisite\BackgroundCheck;
use ServerPilot\UltimateMultisite\CheckResults;
use ServerPilot\UltimateMultisite\Connection;
use ServerPilot\UltimateMultisite\DoctorMessages;
use ServerPilot\UltimateMultisite\DomainOverview;
use ServerPilot\UltimateMultisite\Labels;
use ServerPilot\UltimateMultisite\Messages;
use ServerPilot\UltimateMultisite\Place;
use ServerPilot\UltimateMultisite\Queue;
use ServerPilot\UltimateMultisite\StatusReport;
use ServerPilot\UltimateMultisite\SyncFailed;

final class Panels
{
    /** Longer lists are folded. */
    private const OPEN = 12;

    /** What cannot be read: only the decision that makes it readable again is offered. */
    public static function unreadable(?SyncFailed $e): void
    {
        self::box('error', $e?->getMessage() ?? Messages::of('database'), static function () use ($e): void {
            if (($e->reason ?? '') === 'state_unreadable') {
                Decisions::whose(false);
            }
        });
    }

    /** Before the integration works: what is missing, in the order in which it is done. */
    public static function setUp(): void
    {
        $missing = Connection::missing();
        printf('<p class="serverpilot-summary">%s</p>', esc_html__(
            'ServerPilot is not set up yet',
            'ultimate-multisite-serverpilot'
        ));
        if (!Connection::hasUltimateMultisite()) {
            self::box('warning', Messages::of('no_ultimate_multisite'), static function (): void {
                self::link(network_admin_url('plugins.php'), __('Plugins', 'ultimate-multisite-serverpilot'), true);
            });
            return;
        }
        echo '<ol class="serverpilot-steps">';
        self::step(
            $missing === [],
            __('Enter the credentials', 'ultimate-multisite-serverpilot'),
            $missing === [] ? __('Client ID, API key and app ID are there.', 'ultimate-multisite-serverpilot')
                : Messages::of('no_credentials')
        );
        self::step(false, __('Preview the changes', 'ultimate-multisite-serverpilot'), __(
            'See which domains the first sync would add to your app. It removes nothing: it only adds domains, and '
                . 'takes over those of this network that are in the app already.',
            'ultimate-multisite-serverpilot'
        ));
        self::step(Connection::enabled(), __('Enable the integration', 'ultimate-multisite-serverpilot'), __(
            'Then the first sync runs, and from then on the app follows your network.',
            'ultimate-multisite-serverpilot'
        ));
        echo '</ol>';
        self::form(static function () use ($missing): void {
            if ($missing === []) {
                self::button('plan', __('Preview changes', 'ultimate-multisite-serverpilot'), !Connection::enabled());
            }
            self::link(Place::setup(), __('Open the setup', 'ultimate-multisite-serverpilot'), $missing !== []);
        });
    }

    /**
     * The most important thing to do, with its button; what else there is, folded.
     *
     * @param array<string, string> $problems
     * @param bool $hasFailed Whether an action failed with one of them just now.
     */
    public static function nextStep(DomainOverview $read, array $problems, bool $hasFailed): void
    {
        if ($problems === []) {
            self::noProblem($read);
            return;
        }
        $code = (string) array_key_first($problems);
        self::box('warning', $problems[$code], static function () use ($code, $problems, $read): void {
            Decisions::offer($code, $read);
            $more = array_slice($problems, 1);
            if ($more === []) {
                return;
            }
            printf('<details><summary>%s</summary><ul>', esc_html(sprintf(
                /* translators: %s: number of problems */
                _n('%s more problem', '%s more problems', count($more), 'ultimate-multisite-serverpilot'),
                number_format_i18n(count($more))
            )));
            foreach ($more as $message) {
                printf('<li>%s</li>', esc_html($message));
            }
            echo '</ul></details>';
        }, $hasFailed);
    }

    public static function connection(DomainOverview $read): void
    {
        echo '<div class="serverpilot-panels">';
        printf(
            '<section class="serverpilot-panel" aria-labelledby="serverpilot-connection">'
                . '<h2 id="serverpilot-connection">%s</h2><dl>',
            esc_html__('Connection', 'ultimate-multisite-serverpilot')
        );
        foreach (self::facts($read) as $label => $value) {
            printf('<dt>%s</dt><dd dir="auto">%s</dd>', esc_html($label), esc_html($value));
        }
        echo '</dl>';
        self::form(static function (): void {
            self::button('plan', __('Preview changes', 'ultimate-multisite-serverpilot'));
            self::button('sync', __('Sync now', 'ultimate-multisite-serverpilot'));
        });
        echo '</section><section class="serverpilot-panel serverpilot-limits" aria-labelledby="serverpilot-limits">';
        printf('<h2 id="serverpilot-limits">%s</h2>', esc_html__('Limits', 'ultimate-multisite-serverpilot'));
        foreach ($read->limits() as $which => $limit) {
            self::limit($which, $limit, $read->now);
        }
        echo '</section></div>';
    }

    /** A check of many names that is under way; the script takes it further, and so does the queue. */
    public static function job(CheckResults $results): void
    {
        $progress = BackgroundCheck::progress($results);
        if ($progress === null) {
            return;
        }
        printf(
            '<div class="serverpilot-job" data-serverpilot-job><label for="serverpilot-progress">%1$s</label> '
                . '<progress id="serverpilot-progress" max="%2$d" value="%3$d"></progress> '
                . '<a href="%4$s">%5$s</a></div>',
            esc_html(self::progressText($progress)),
            absint($progress['total']),
            absint($progress['done']),
            esc_url(Place::url()),
            esc_html__('Reload', 'ultimate-multisite-serverpilot')
        );
    }

    /** @param array{done: int, total: int} $progress */
    public static function progressText(array $progress): string
    {
        return sprintf(
            /* translators: 1: number of domains that are checked, 2: number of all that are to be checked */
            __('%1$s of %2$s checked', 'ultimate-multisite-serverpilot'),
            number_format_i18n($progress['done']),
            number_format_i18n($progress['total'])
        );
    }

    /**
     * @param list<string> $added
     * @param list<string> $removed
     */
    public static function changes(array $added, array $removed): void
    {
        self::names(__('Added', 'ultimate-multisite-serverpilot'), '+', $added);
        self::names(__('Removed', 'ultimate-multisite-serverpilot'), '−', $removed);
    }

    /** @param array<int|string> $names A long list is folded. */
    public static function names(string $label, string $sign, array $names): void
    {
        if ($names === []) {
            return;
        }
        printf(
            '<details%s><summary>%s (%s)</summary><ul class="serverpilot-names">',
            count($names) <= self::OPEN ? ' open' : '',
            esc_html($label),
            esc_html(number_format_i18n(count($names)))
        );
        foreach ($names as $name) {
            $name = (string) $name;
            $unicode = Labels::unicode($name);
            printf(
                '<li><code>%s %s</code>%s</li>',
                esc_html($sign),
                esc_html($name),
                $unicode === null ? '' : ' <bdi>' . esc_html($unicode) . '</bdi>'
            );
        }
        echo '</ul></details>';
    }

    /** @param bool $isResult Whether it is what came of an action, so that it is read first. */
    public static function box(string $type, string $message, callable $content, bool $isResult = false): void
    {
        printf(
            '<div class="notice notice-%s inline serverpilot-next%s"%s><p>%s</p>',
            esc_attr($isResult ? 'error' : $type),
            $isResult ? ' serverpilot-result' : '',
            $isResult ? ' role="alert" tabindex="-1"' : '',
            esc_html($message)
        );
        $content();
        echo '</div>';
    }

    public static function form(callable $buttons): void
    {
        printf('<form method="post" action="%s" data-serverpilot-form>', esc_url(Place::url()));
        // Several forms are on a page, and an id is there once.
        printf('<input type="hidden" name="_wpnonce" value="%s">', esc_attr(wp_create_nonce(Actions::NONCE)));
        wp_referer_field();
        echo '<p class="serverpilot-buttons">';
        $buttons();
        echo '</p></form>';
    }

    public static function button(string $do, string $label, bool $isPrimary = false): void
    {
        printf(
            '<button type="submit" class="button%s" name="do" value="%s">%s</button> ',
            $isPrimary ? ' button-primary' : '',
            esc_attr($do),
            esc_html($label)
        );
    }

    public static function link(string $url, string $label, bool $isPrimary = false): void
    {
        $class = $isPrimary ? 'button button-primary' : 'button';
        printf('<a class="%s" href="%s">%s</a> ', esc_attr($class), esc_url($url), esc_html($label));
    }

    private static function step(bool $isDone, string $title, string $text): void
    {
        printf(
            '<li class="%s"><strong>%s</strong>%s<br>%s</li>',
            $isDone ? 'is-done' : '',
            esc_html($title),
            $isDone ? ' <span>' . esc_html__('(done)', 'ultimate-multisite-serverpilot') . '</span>' : '',
            esc_html($text)
        );
    }

    private static function noProblem(DomainOverview $read): void
    {
        if ($read->isLeftAlone()) {
            self::box('info', Messages::of('ignored'), static fn () => Decisions::whose(false));
            return;
        }
        if ($read->state->synced === null) {
            self::box('info', Messages::of('never_synced'), static function (): void {
                self::form(static function (): void {
                    self::button('plan', __('Preview changes', 'ultimate-multisite-serverpilot'));
                    self::button('sync', __('Sync now', 'ultimate-multisite-serverpilot'), true);
                });
            });
            return;
        }
        $operators = $read->overview->counts[DomainStatus::OPERATOR];
        if ($operators > 0) {
            $message = sprintf(
                /* translators: %s: number of domains */
                _n(
                    '%s domain needs you: open it to see what is to be done.',
                    '%s domains need you: open one to see what is to be done.',
                    $operators,
                    'ultimate-multisite-serverpilot'
                ),
                number_format_i18n($operators)
            );
            self::box('warning', $message, static fn () => Decisions::show(DomainStatus::OPERATOR));
            return;
        }
        $customers = $read->overview->counts[DomainStatus::CUSTOMER];
        if ($customers > 0) {
            $message = _n(
                'There is nothing for you to do. A customer has to set a DNS record: open the domain to copy it.',
                'There is nothing for you to do. Customers have to set DNS records: open a domain to copy its record.',
                $customers,
                'ultimate-multisite-serverpilot'
            );
            self::box('info', $message, static fn () => Decisions::show(DomainStatus::CUSTOMER));
        }
    }

    /** @return array<string, string> Label => value. */
    private static function facts(DomainOverview $read): array
    {
        $state = $read->state;
        $app = $read->results->app;
        $id = Connection::credential(Connection::APP_ID);
        $isThisApp = $app !== null && $app['id'] === $id;
        $facts = [
            __('App', 'ultimate-multisite-serverpilot') => $isThisApp ? sprintf('%s (%s)', $app['name'], $id) : $id,
            __('Server', 'ultimate-multisite-serverpilot') => $isThisApp
                ? trim(sprintf('%s %s', $app['address'], $app['server'] === '' ? '' : "({$app['server']})"))
                : __('Not known yet; it is asked with the next check.', 'ultimate-multisite-serverpilot'),
            __('AutoSSL', 'ultimate-multisite-serverpilot') => StatusReport::autossl($state, $read->now),
            __('How PHP reaches the library', 'ultimate-multisite-serverpilot') =>
                DoctorMessages::way(Doctor::examine()),
            __('Last successful sync', 'ultimate-multisite-serverpilot') => self::lastSync($state),
            __('Next sync', 'ultimate-multisite-serverpilot') => self::nextSync($read),
        ];
        $check = $read->overview->nextCertificateCheckAt();
        if ($check > 0) {
            $facts[__('Next certificate check', 'ultimate-multisite-serverpilot')] = Labels::in($check);
        }
        $failed = Queue::lastFailed();
        if ($failed !== null) {
            $facts[__('Last sync that failed', 'ultimate-multisite-serverpilot')] =
                Labels::ago($failed['at']) . ($failed['message'] === '' ? '' : ": {$failed['message']}");
        }
        return $facts + StatusReport::repair($state);
    }

    /** A success with names left out is not "everything". */
    private static function lastSync(State $state): string
    {
        if ($state->synced === null) {
            return __('never', 'ultimate-multisite-serverpilot');
        }
        $at = Labels::ago($state->synced['at']);
        $left = count($state->held);
        return $left === 0 ? $at : sprintf(
            /* translators: 1: time, 2: number of domains */
            _n(
                '%1$s, with %2$s domain left out',
                '%1$s, with %2$s domains left out',
                $left,
                'ultimate-multisite-serverpilot'
            ),
            $at,
            number_format_i18n($left)
        );
    }

    private static function nextSync(DomainOverview $read): string
    {
        [$state, $now] = [$read->state, $read->now];
        if (Controller::safeMode($state, $read->facts) !== null) {
            return __('none: this copy changes nothing at ServerPilot', 'ultimate-multisite-serverpilot');
        }
        $due = $state->nextSyncAt();
        if ($state->revision === 0 || $due > $now) {
            return $due === 0 ? __('as soon as scheduled actions run', 'ultimate-multisite-serverpilot')
                : Labels::in($due);
        }
        return sprintf(
            /* translators: %s: time */
            __('due since %s, as soon as scheduled actions run', 'ultimate-multisite-serverpilot'),
            $due === 0 ? __('now', 'ultimate-multisite-serverpilot') : Labels::time($due)
        );
    }

    /** @param array{count: int|null, limit: int, nearlyAt: int|null, fullAt: int|null} $limit */
    private static function limit(string $which, array $limit, int $now): void
    {
        $label = Labels::limit($which);
        if ($limit['count'] === null) {
            printf(
                '<p><strong>%s</strong><br>%s</p>',
                esc_html($label),
                esc_html(Labels::forecast($which, $limit, $now))
            );
            return;
        }
        printf(
            '<p><strong id="serverpilot-limit-%1$s">%2$s</strong> <span>%3$s</span><br>'
                . '<meter class="serverpilot-meter" aria-labelledby="serverpilot-limit-%1$s" min="0" max="%4$d" '
                . 'low="%5$d" high="%6$d" optimum="0" value="%7$d"></meter><br>%8$s</p>',
            esc_attr($which),
            esc_html($label),
            esc_html(Labels::reached($limit)),
            absint($limit['limit']),
            absint((int) (Overview::NEARLY * $limit['limit'])),
            absint($limit['limit'] - 1),
            absint(min($limit['count'], $limit['limit'])),
            esc_html(Labels::forecast($which, $limit, $now))
        );
    }
}
