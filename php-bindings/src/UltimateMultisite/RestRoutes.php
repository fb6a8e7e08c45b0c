<?php

// /wp-json/serverpilot/v1/…: the operations over REST, for whoever administers the network. Must not do anything of
// its own, and tells nobody else that there is anything.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

final class RestRoutes
{
    private const NAMESPACE = 'serverpilot/v1';

    public static function register(): void
    {
        $routes = [];
        foreach (Operations::all() as $operation) {
            $routes[$operation['route']][] = [
                'methods' => $operation['method'],
                'args' => $operation['input'],
                'permission_callback' => static fn (): bool => current_user_can(Operations::CAPABILITY),
                'callback' => static fn (WP_REST_Request $request): WP_REST_Response|WP_Error
                    => self::answer($operation, $request),
            ];
            $routes[$operation['route']]['schema'] = static fn (): array => [
                '$schema' => 'http://json-schema.org/draft-04/schema#',
                'title' => $operation['label'],
            ] + $operation['output'];
        }
        foreach ($routes as $route => $endpoints) {
            register_rest_route(self::NAMESPACE, $route, $endpoints);
        }
    }

    /** @param array<string, mixed> $operation */
    private static function answer(array $operation, WP_REST_Request $request): WP_REST_Response|WP_Error
    {
        $input = array_intersect_key($request->get_params(), $operation['input']);
        $done = Operations::perform($operation, $input);
        if ($done instanceof WP_Error) {
            return $done;
        }
        $response = new WP_REST_Response($done);
        if (isset($done['total'], $done['domains'])) {
            // As WordPress's own collections answer.
            $response->set_data($done['domains']);
            $response->header('X-WP-Total', (string) $done['total']);
            $response->header('X-WP-TotalPages', (string) (int) ceil($done['total'] / $input['per_page']));
        }
        return $response;
    }
}
