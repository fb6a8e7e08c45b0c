<?php

// phpcs:disable -- names and shape are those of WP-CLI, not ours

// As much of WP-CLI as the commands use: reads what a command takes from its comment, refuses everything else, and
// keeps what it would print. Where WP_CLI_PHAR names the real one, the tests of the commands run under that.

declare(strict_types=1);

namespace {

    final class CommandExit extends RuntimeException
    {
    }

    final class WP_CLI
    {
        public static string $out = '';
        public static string $err = '';

        public static function log(string $line): void
        {
            self::$out .= "$line\n";
        }

        public static function success(string $line): void
        {
            self::$out .= "Success: $line\n";
        }

        public static function warning(string $line): void
        {
            self::$err .= "Warning: $line\n";
        }

        public static function error(string $line, bool $exit = true): void
        {
            self::$err .= "Error: $line\n";
            if ($exit) {
                self::halt(1);
            }
        }

        public static function halt(int $code): void
        {
            throw new CommandExit('', $code);
        }

        public static function add_command(string $name, mixed $command): void
        {
        }

        /**
         * @param list<string> $argv After "wp serverpilot".
         * @return array{code: int, out: string, err: string}
         */
        public static function run(string $class, array $argv): array
        {
            self::$out = self::$err = '';
            $code = 0;
            try {
                $name = (string) array_shift($argv);
                $method = self::method($class, $name);
                [$args, $options] = self::arguments((string) $method->getDocComment(), $argv);
                $method->invoke(new $class(), $args, $options);
            } catch (CommandExit $e) {
                $code = $e->getCode();
            }
            return ['code' => $code, 'out' => self::$out, 'err' => self::$err];
        }

        private static function method(string $class, string $name): ReflectionMethod
        {
            foreach ((new ReflectionClass($class))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
                $comment = (string) $method->getDocComment();
                preg_match('/@subcommand (\S+)/', $comment, $subcommand);
                preg_match('/@alias (\S+)/', $comment, $alias);
                if (in_array($name, [$subcommand[1] ?? $method->getName(), $alias[1] ?? null], true)) {
                    return $method;
                }
            }
            self::error("'$name' is not a registered subcommand of 'serverpilot'.");
            throw new LogicException();
        }

        /** @return array{list<string>, array<string, string|bool>} */
        private static function arguments(string $comment, array $argv): array
        {
            $comment = (string) preg_replace('/^\s*\* ?/m', '', $comment);
            preg_match_all('/^(\[)?(<[\w-]+>|--[\w-]+(?:=<[\w-]+>)?)(\.\.\.)?\]?\n: .*?(?=\n\n|\n@|\z)/ms', $comment, $found, PREG_SET_ORDER);
            $taken = ['--field' => false];
            $positional = ['least' => 0, 'most' => 0];
            $options = $choices = [];
            foreach ($found as $one) {
                $isOptional = $one[1] === '[';
                preg_match('/^default: (\S+)/m', $one[0], $default);
                preg_match_all('/^\s+- (\S+)/m', $one[0], $choice);
                if (str_starts_with($one[2], '<')) {
                    $positional['least'] += $isOptional ? 0 : 1;
                    $positional['most'] += ($one[3] ?? '') === '...' ? 9999 : 1;
                    $choices['<'] = $choice[1];
                    continue;
                }
                [$name, $value] = explode('=', substr($one[2], 2)) + [1 => null];
                $taken[$name] = $value !== null;
                $choices[$name] = $choice[1];
                if (isset($default[1])) {
                    $options[$name] = $default[1];
                }
            }
            $args = [];
            foreach ($argv as $arg) {
                if (!str_starts_with($arg, '--')) {
                    $args[] = $arg;
                    continue;
                }
                [$name, $value] = explode('=', substr($arg, 2), 2) + [1 => null];
                if (!isset($taken[$name])) {
                    self::error("Parameter errors:\n unknown --$name parameter");
                }
                if ($taken[$name] === ($value === null)) {
                    self::error("Parameter errors:\n --$name parameter needs a value");
                }
                if ($choices[$name] !== [] && !in_array($value, $choices[$name], true)) {
                    self::error("Parameter errors:\n Invalid value specified for '$name'");
                }
                $options[$name] = $value ?? true;
            }
            if (count($args) < $positional['least'] || count($args) > $positional['most']) {
                self::error('usage: other arguments');
            }
            if (($choices['<'] ?? []) !== [] && array_diff($args, $choices['<']) !== []) {
                self::error('Invalid value specified for positional arg.');
            }
            return [$args, $options];
        }
    }
}

namespace WP_CLI {

    final class Formatter
    {
        private array $args;

        public function __construct(array &$args, array $fields)
        {
            $this->args = array_intersect_key($args, ['format' => 1, 'field' => 1, 'fields' => 1]) + ['format' => 'table', 'fields' => $fields];
            if (is_string($this->args['fields'])) {
                $this->args['fields'] = array_map('trim', explode(',', $this->args['fields']));
            }
        }

        public function display_item(array $item): void
        {
            if (isset($this->args['field'])) {
                \WP_CLI::$out .= self::text($item[$this->args['field']]) . "\n";
                return;
            }
            $item = array_intersect_key(array_merge(array_flip($this->args['fields']), $item), array_flip($this->args['fields']));
            if ($this->args['format'] === 'json') {
                \WP_CLI::$out .= json_encode($item);
                return;
            }
            if ($this->args['format'] === 'yaml') {
                \WP_CLI::$out .= "---\n" . implode('', array_map(static fn (string $name, mixed $value): string => "$name: " . json_encode($value) . "\n", array_keys($item), $item));
                return;
            }
            $rows = [];
            foreach ($item as $name => $value) {
                $rows[] = ['Field' => $name, 'Value' => $value];
            }
            $this->display($rows, ['Field', 'Value']);
        }

        public function display_items(array $items): void
        {
            if (isset($this->args['field'])) {
                \WP_CLI::$out .= implode('', array_map(fn (array $item): string => self::text($item[$this->args['field']]) . "\n", $items));
                return;
            }
            $this->display($items, $this->args['fields']);
        }

        private function display(array $items, array $fields): void
        {
            $rows = array_map(static fn (array $item): array => array_combine($fields, array_map(static fn (string $field) => $item[$field], $fields)), $items);
            \WP_CLI::$out .= match ($this->args['format']) {
                'count' => (string) count($rows),
                'json' => (string) json_encode($rows),
                'yaml' => "---\n" . implode('', array_map(static fn (array $row): string => "-\n" . implode('', array_map(
                    static fn (string $name, mixed $value): string => "  $name: " . json_encode($value) . "\n",
                    array_keys($row),
                    $row
                )), $rows)),
                default => implode('', array_map(fn (array $row): string => implode(
                    $this->args['format'] === 'csv' ? ',' : "\t",
                    array_map(self::text(...), $row)
                ) . "\n", [$fields, ...$rows])),
            };
        }

        private static function text(mixed $value): string
        {
            return is_array($value) ? (string) json_encode($value) : (is_bool($value) ? ($value ? 'true' : 'false') : (string) $value);
        }
    }
}

namespace WP_CLI\Utils {

    function get_flag_value(array $options, string $flag, mixed $default = null): mixed
    {
        return $options[$flag] ?? $default;
    }

    function make_progress_bar(string $message, int $count): object
    {
        return new class {
            public function tick(int $by): void
            {
            }

            public function finish(): void
            {
            }
        };
    }
}
