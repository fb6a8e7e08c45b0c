<?php

/*
 * How one name of the network stands: one row of every list that shows domains. Made by Overview; must not be kept.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class DomainStatus
{
    /** The groups in which names are counted and shown; each state belongs to one. */
    public const SECURE = 'secure';
    /** Nobody has to do anything but wait. */
    public const WAITING = 'waiting';
    /** The customer has to set something at their DNS provider. */
    public const CUSTOMER = 'customer';
    /** The operator has to do something. */
    public const OPERATOR = 'operator';
    /** Good when it was checked, which is too long ago to count on. */
    public const OVERDUE = 'overdue';
    /** Not checked yet. */
    public const UNKNOWN = 'unknown';

    private const GROUPS = [
        'secure' => self::SECURE,
        'expiring' => self::OPERATOR,
        'waiting_sync' => self::WAITING,
        'waiting_certificate' => self::WAITING,
        'waiting_removal' => self::WAITING,
        'removal_braked' => self::OPERATOR,
        'no_dns' => self::CUSTOMER,
        'held_no_dns' => self::CUSTOMER,
        'held_no_room' => self::OPERATOR,
        'held_invalid_domain' => self::OPERATOR,
        'wrong_dns' => self::CUSTOMER,
        'unreachable' => self::OPERATOR,
        'not_secure' => self::OPERATOR,
        'check_overdue' => self::OVERDUE,
        'not_checked' => self::UNKNOWN,
    ];

    public readonly string $group;

    /**
     * @param string $kind "network" (its own), "mapped", "subsite", "www" or "removed".
     * @param string $owner Whose entry it is in the app: "network" (managed by this plugin), "other" (somebody else
     *     put it there, and it stays), or "none" (it is not in the app, as far as is known).
     * @param string $state A key of GROUPS.
     * @param string $move Who has to act: "nobody", "wait", "customer", "operator" or "serverpilot".
     * @param int $since Since when it has been so; 0: not known.
     * @param int $nextCheckAt When it is checked next; 0: not planned. Never in the past: what is due is due now.
     */
    public function __construct(
        public readonly string $name,
        public readonly string $kind,
        public readonly string $owner,
        public readonly string $state,
        public readonly string $move,
        public readonly int $since,
        public readonly int $nextCheckAt,
        public readonly ?Check $check,
    ) {
        $this->group = self::GROUPS[$state];
    }

    /** @return list<string> In the order in which they are counted. */
    public static function groups(): array
    {
        return [self::SECURE, self::WAITING, self::CUSTOMER, self::OPERATOR, self::OVERDUE, self::UNKNOWN];
    }

    /** @return list<string> */
    public static function states(): array
    {
        return array_keys(self::GROUPS);
    }
}
