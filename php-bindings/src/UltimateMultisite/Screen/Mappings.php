<?php

// Which mapping of Ultimate Multisite's and which site a name belongs to, for links to where they are edited. Read
// for all of them at once. Must not say what should be in the app: DesiredDomains does.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\UltimateMultisite\Connection;
use ServerPilot\UltimateMultisite\Database;
use ServerPilot\UltimateMultisite\DesiredDomains;
use ServerPilot\UltimateMultisite\Verification;

final class Mappings
{
    /** @param array<string, array{id: int, site: int}> $byName The mapping's number (0: a site's own name), its site. */
    private function __construct(private readonly array $byName)
    {
    }

    public static function read(): self
    {
        global $wpdb;
        if (!Connection::hasUltimateMultisite()) {
            return new self([]);
        }
        $byName = [];
        $network = [get_current_network_id()];
        // Two queries: the tables need not have one collation.
        $sites = "SELECT 0 AS id, blog_id AS site, domain AS name FROM {$wpdb->blogs} WHERE site_id = %d";
        $mappings = 'SELECT m.id, m.blog_id AS site, m.domain AS name FROM ' . Verification::mappings()
            . " AS m JOIN {$wpdb->blogs} AS b ON b.blog_id = m.blog_id WHERE b.site_id = %d";
        foreach ([...Database::rows($sites, $network), ...Database::rows($mappings, $network)] as $row) {
            $name = DesiredDomains::normal((string) $row['name']);
            $byName[$name] = ['id' => (int) $row['id'], 'site' => (int) $row['site']];
        }
        return new self($byName);
    }

    /** @return array{id: int, site: int}|null */
    public function of(string $name): ?array
    {
        return $this->byName[$name] ?? null;
    }

    /** Ultimate Multisite's page of one domain, in both of its lines. */
    public static function editUrl(int $id): string
    {
        return network_admin_url("admin.php?page=wp-ultimo-edit-domain&id=$id&model=domain");
    }
}
