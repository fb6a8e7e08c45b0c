<?php

// The smallest front page, so that its cost is WordPress's own.

declare(strict_types=1);

echo '<!doctype html><html lang="en"><head>';
wp_head();
echo '</head><body>';
while (have_posts()) {
    the_post();
    the_title('<h2>', '</h2>');
    the_content();
}
wp_footer();
echo '</body></html>';
