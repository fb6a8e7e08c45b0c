<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// Ultimate Multisite's events, as in inc/managers/class-event-manager.php and inc/functions/event.php: types are
// registered on init, and what is fired without a type is refused. What was fired is kept for the tests.

declare(strict_types=1);

namespace WP_Ultimo\Managers {

    final class Event_Manager
    {
        private static ?self $instance = null;
        private array $events = [];

        public static function get_instance(): self
        {
            return self::$instance ??= new self();
        }

        public function init(): void
        {
            add_action('init', static fn () => do_action('wu_register_all_events'));
        }

        public function register_event($slug, $args): bool
        {
            $this->events[$slug] = $args;
            return true;
        }

        public function get_events(): array
        {
            return $this->events;
        }

        public function do_event($slug, $payload): bool
        {
            $type = $this->events[$slug] ?? false;
            $sample = $type ? (is_callable($type['payload']) ? $type['payload']() : $type['payload']) : [];
            if (!$type || array_diff_key($sample, $payload) !== []) {
                wu_log_add('events', 'Event not found', 'error');
                return false;
            }
            do_action('wu_event', $slug, $payload);
            do_action("wu_event_{$slug}", $payload);
            return true;
        }
    }
}

namespace {

    function wu_register_event_type($slug, $args)
    {
        return \WP_Ultimo\Managers\Event_Manager::get_instance()->register_event($slug, $args);
    }

    function wu_do_event($slug, $payload)
    {
        return \WP_Ultimo\Managers\Event_Manager::get_instance()->do_event($slug, $payload);
    }

    function wu_get_event_types()
    {
        return \WP_Ultimo\Managers\Event_Manager::get_instance()->get_events();
    }
}
