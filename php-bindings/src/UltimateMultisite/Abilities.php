<?php

// The operations as abilities, where WordPress has them (6.9 and later): for assistants and other plugins. Must not do
// anything of its own.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Abilities
{
    private const CATEGORY = 'serverpilot';

    public static function category(): void
    {
        wp_register_ability_category(self::CATEGORY, [
            'label' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
            'description' => __(
                'The domains of this network, and their HTTPS, at ServerPilot.',
                'ultimate-multisite-serverpilot'
            ),
        ]);
    }

    public static function register(): void
    {
        foreach (Operations::all() as $name => $operation) {
            wp_register_ability("serverpilot/$name", [
                'label' => $operation['label'],
                'description' => $operation['description'],
                'category' => self::CATEGORY,
                'output_schema' => $operation['output'],
                'execute_callback' => static fn (mixed $input = null): mixed
                    => Operations::perform($operation, is_array($input) ? $input : []),
                'permission_callback' => static fn (): bool => current_user_can(Operations::CAPABILITY),
                'meta' => [
                    'annotations' => [
                        'readonly' => $operation['effect'] === 'reads',
                        'destructive' => $operation['effect'] === 'changes',
                        'idempotent' => true,
                    ],
                    'show_in_rest' => true,
                ],
            ] + self::input($operation['input']));
        }
    }

    /**
     * REST marks what is required at each argument, JSON Schema in a list. An ability without input takes none.
     *
     * @param array<string, array<string, mixed>> $arguments
     * @return array<string, mixed>
     */
    private static function input(array $arguments): array
    {
        if ($arguments === []) {
            return [];
        }
        $required = array_keys(array_filter($arguments, static fn (array $one): bool => $one['required'] ?? false));
        $properties = array_map(static fn (array $one): array => array_diff_key($one, ['required' => 0]), $arguments);
        $schema = ['type' => 'object', 'properties' => $properties, 'additionalProperties' => false];
        return ['input_schema' => $required === [] ? $schema + ['default' => []] : $schema + ['required' => $required]];
    }
}
