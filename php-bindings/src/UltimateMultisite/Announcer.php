<?php

// Tells Ultimate Multisite what changed about domains: its events, from which it makes mails and webhooks, and the log
// that it shows on a domain's page. Announcements decides what is told; must not decide, and must not fail the sync.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Announcements;
use ServerPilot\Controller\DomainStatus;
use ServerPilot\Controller\Overview;
use Throwable;

final class Announcer
{
    public const OPTION = 'serverpilot_told';
    public const NEEDS = 'serverpilot_domain_needs_attention';
    public const OVER = 'serverpilot_domain_recovered';

    /**
     * So many domains are named at a time: as many as an app holds. Each has a log file of its own, and thousands of
     * them would keep a run for minutes.
     */
    private const MOST_NAMED = 300;

    /** Event types, for the mails and webhooks that an operator may set up for them. */
    public static function register(): void
    {
        $sample = [
            'count' => 1,
            'domains' => 'shop.example',
            'problem' => Labels::state('wrong_dns'),
            'whose_move' => Labels::move('customer'),
            'advice' => __('Ask the customer to set the domain\'s DNS record.', 'ultimate-multisite-serverpilot'),
            'url' => Place::url(['domain' => 'shop.example']),
            'object_type' => 'domain',
            'object_id' => 1,
        ];
        wu_register_event_type(self::NEEDS, [
            'name' => __('ServerPilot: a domain needs somebody', 'ultimate-multisite-serverpilot'),
            'desc' => __(
                'Fired once when domains need the operator or the customer, with the reason they have in common.',
                'ultimate-multisite-serverpilot'
            ),
            'payload' => static fn (): array => $sample,
            'deprecated_args' => [],
        ]);
        wu_register_event_type(self::OVER, [
            'name' => __('ServerPilot: a domain is secure again', 'ultimate-multisite-serverpilot'),
            'desc' => __(
                'Fired once when domains that needed somebody are secure.',
                'ultimate-multisite-serverpilot'
            ),
            'payload' => static fn (): array => $sample,
            'deprecated_args' => [],
        ]);
    }

    /**
     * What is to be told now. It counts as told from here on: a process that dies before tell() leaves something
     * untold, and none tells it twice.
     *
     * @throws SyncFailed Where that could not be kept; then nothing is to be told.
     */
    public static function decide(Overview $overview, int $now, Lease $lease): Announcements
    {
        $rows = Database::rows(
            'SELECT option_value AS told FROM ' . Database::options() . ' WHERE option_name = %s',
            [self::OPTION]
        );
        $said = Announcements::read(json_decode((string) ($rows[0]['told'] ?? ''), true, 8));
        $news = new Announcements($said, $overview->domains, $now);
        if ($news->said !== $said) {
            $text = json_encode($news->said, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
            Database::keep(self::OPTION, $text, $lease);
        }
        return $news;
    }

    public static function tell(Announcements $news): void
    {
        try {
            foreach (array_slice($news->changed, 0, self::MOST_NAMED) as $domain) {
                self::log($domain);
            }
            if (!function_exists('wu_do_event')) {
                return;
            }
            foreach ($news->needs as $domains) {
                wu_do_event(self::NEEDS, self::payload($domains));
            }
            if ($news->over !== []) {
                wu_do_event(self::OVER, self::payload($news->over));
            }
        } catch (Throwable $e) {
            // Somebody else's listener: only where, not what, for its text may hold anything.
            Log::error(Messages::of('telling', get_class($e), basename($e->getFile()), (string) $e->getLine()));
        }
    }

    /**
     * @param non-empty-list<DomainStatus> $domains Of the same state.
     * @return array<string, int|string> "count" says of how many; "domains" names the most important of them.
     */
    private static function payload(array $domains): array
    {
        $named = array_slice($domains, 0, self::MOST_NAMED);
        $names = array_map(static fn (DomainStatus $one): string => sanitize_text_field($one->name), $named);
        $first = $domains[0];
        $isOne = count($domains) === 1;
        $mapping = $isOne ? wu_get_domain_by_domain($first->name) : null;
        return [
            'count' => count($domains),
            'domains' => implode(', ', $names),
            'problem' => Labels::state($first->state),
            'whose_move' => Labels::move($first->move),
            'advice' => sanitize_text_field(Advice::forOperator($first)),
            'url' => Place::url($isOne ? ['domain' => $first->name] : []),
            // So that Ultimate Multisite shows it on the page of that domain.
            'object_type' => 'domain',
            'object_id' => $mapping ? (int) $mapping->get_id() : 0,
        ];
    }

    private static function log(DomainStatus $domain): void
    {
        if ($domain->kind === 'mapped') {
            Log::domain($domain->name, sprintf(
                /* translators: 1: state of a domain, 2: what is to be done about it */
                __('ServerPilot: %1$s. %2$s', 'ultimate-multisite-serverpilot'),
                Labels::state($domain->state),
                Advice::forOperator($domain)
            ));
        }
    }
}
