<?php

/*
 * The app as ServerPilot shows it, without its private key: the result of inspectApp().
 * Must not be kept as a copy to write back: the list is read again before every write.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class App extends Result
{
    public readonly string $id;

    public readonly string $name;

    public readonly string $serverId;

    /** @var string For example "php8.2". */
    public readonly string $runtime;

    /** @var list<string> As they were written, by us or by others; may include wildcards and IP addresses. */
    public readonly array $domains;

    /** @var string "none", "auto" or "custom". */
    public readonly string $sslMode;

    /** @var bool Whether plain http is redirected to https. */
    public readonly bool $sslForced;

    /** @var bool|null Whether ServerPilot has a certificate ready; null if not known. */
    public readonly ?bool $autosslAvailable;

    /** @var list<string> The names in that certificate. */
    public readonly array $autosslDomains;

    /** @var string|null The server's public IPv4 address, if ServerPilot knows it. */
    public readonly ?string $serverAddress;

    protected function read(JsonReader $read): void
    {
        $app = $read->part('app');
        $this->id = $app->text('id');
        $this->name = $app->text('name');
        $this->serverId = $app->text('server_id');
        $this->runtime = $app->text('runtime');
        $this->domains = $app->texts('domains');
        $this->sslMode = $read->part('ssl')->text('mode');
        $this->sslForced = $read->part('ssl')->flag('force');
        $this->autosslAvailable = $read->part('autossl')->flagOrNull('available');
        $this->autosslDomains = $read->part('autossl')->texts('domains');
        $this->serverAddress = $read->part('server')->textOrNull('address');
    }
}
