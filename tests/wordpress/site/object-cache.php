<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// An object cache that outlives the process, as Redis is one, for what Ultimate Multisite keeps of its
// domains. A test puts it into wp-content and takes it away again.

declare(strict_types=1);

require_once ABSPATH . WPINC . '/cache.php';

final class Test_Object_Cache extends WP_Object_Cache
{
    private const GROUP = 'wu_domains';

    public function set($key, $data, $group = 'default', $expire = 0)
    {
        $done = parent::set($key, $data, $group, $expire);
        if ($group === self::GROUP) {
            file_put_contents(self::file(), json_encode([$key => $data] + $this->kept()));
        }
        return $done;
    }

    /** Of this process only, as "flush_runtime" means it. */
    public function flush()
    {
        parent::flush();
        foreach ($this->kept() as $key => $value) {
            parent::set($key, $value, self::GROUP);
        }
        return true;
    }

    /** @return array<mixed> */
    private function kept(): array
    {
        return json_decode((string) @file_get_contents(self::file()), true) ?: [];
    }

    private static function file(): string
    {
        return dirname(ABSPATH) . '/tmp/object-cache.json';
    }
}

add_action('muplugins_loaded', static function (): void {
    $cache = new Test_Object_Cache();
    $cache->switch_to_blog(get_current_blog_id());
    $cache->flush();
    $GLOBALS['wp_object_cache'] = $cache;
});
