<?php

/*
 * What a browser would say about one name: the result of checkSsl() and one entry of checkSslMany().
 * Must not confuse "not valid" with "could not be checked": the second is null.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class Certificate extends Result
{
    public readonly string $domain;

    /** @var bool|null Null: the check could not be made, so nothing is known about the certificate. */
    public readonly ?bool $valid;

    /**
     * @var string "ok", "expired", "not_yet_valid", "hostname_mismatch", "self_signed", "unknown_issuer",
     *     "incomplete_chain", "weak_key", "weak_signature", "old_protocol", "not_tls", "invalid_certificate",
     *     "client_certificate_required", "connection_refused", "connection_closed", "timeout", "dns_failure" or
     *     "blocked_address".
     */
    public readonly string $reason;

    /** @var string "found", "no_such_name", "no_address" or "failed": what public DNS says of the name. */
    public readonly string $dns;

    /** @var string|null "ip:port"; null if no connection was made. */
    public readonly ?string $connectedTo;

    /** @var string|null For example "TLSv1.3". */
    public readonly ?string $tlsVersion;

    /** @var list<array<string, mixed>> The chain as the server sent it, even if it is not trusted. */
    public readonly array $chain;

    /** @var string|null The name of the certificate's issuer. */
    public readonly ?string $issuer;

    /** @var list<string> The names it is valid for. */
    public readonly array $sans;

    public readonly ?string $notBefore;

    public readonly ?string $notAfter;

    /** @var int|null Whole days until it expires; negative once it has expired. */
    public readonly ?int $daysLeft;

    /** @var float|null Elapsed share of its lifetime: 0 at the beginning, 1 at the end. */
    public readonly ?float $lifetimeUsed;

    /** @var bool|null Whether the name is in the app's list; this and the next two are null without credentials. */
    public readonly ?bool $listed;

    /** @var bool|null Whether the name is in the certificate ServerPilot has ready. */
    public readonly ?bool $inAutosslCertificate;

    /** @var bool|null Whether the certificate being served is the one ServerPilot installed. */
    public readonly ?bool $servedIsServerpilots;

    protected function read(JsonReader $read): void
    {
        $this->domain = $read->text('domain');
        $this->valid = $read->flagOrNull('valid');
        $this->reason = $read->text('reason');
        $this->dns = $read->text('dns');
        $this->connectedTo = $read->textOrNull('connected_to');
        $this->tlsVersion = $read->textOrNull('tls_version');
        $this->chain = $read->parts('chain');
        $certificate = $read->part('certificate');
        $this->issuer = $certificate->textOrNull('issuer');
        $this->sans = $certificate->texts('sans');
        $this->notBefore = $certificate->textOrNull('not_before');
        $this->notAfter = $certificate->textOrNull('not_after');
        $this->daysLeft = $certificate->wholeOrNull('days_left');
        $this->lifetimeUsed = $certificate->fractionOrNull('lifetime_used');
        $serverPilot = $read->part('serverpilot');
        $this->listed = $serverPilot->flagOrNull('listed');
        $this->inAutosslCertificate = $serverPilot->flagOrNull('in_autossl_certificate');
        $this->servedIsServerpilots = $serverPilot->flagOrNull('served_is_serverpilots');
    }
}
