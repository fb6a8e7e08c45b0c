<?php

/*
 * One run, from the state to the state: decide, ask, decide, save, change, settle, save. The only place that orders
 * these steps; it holds no policy. Must be called by one process at a time: whoever calls it holds the lease.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Run
{
    public readonly State $state;
    public readonly Plan $plan;

    /** What came of the list; a failure where something was not done. */
    public readonly Result $result;

    public function __construct(private readonly Environment $environment, State $state, Facts $facts)
    {
        $plan = Controller::decide($state, $facts, $environment->now());
        $result = null;
        if ($plan->step === Plan::OBSERVE) {
            [$plan, $facts, $result] = $this->observe($plan, $facts, $state);
        }
        $result ??= $this->carryOut($plan, $facts);
        if ($result->code === null && $plan->lookups !== []) {
            $result = $result->with(['dns' => $environment->lookUp($plan->lookups)]);
        }
        if ($result->code === null && $plan->audit) {
            // A name that has just been added has no certificate yet.
            $names = array_values(array_diff($plan->audited($facts), $result->added));
            $result = $result->with(['certificates' => $environment->audit($names)]);
        }
        if ($plan->verify) {
            $plan->state->unverified = $environment->verify();
        }
        $settled = Controller::settle($plan, $facts, $result, $environment->now());
        if ($result->code === null && $plan->enableAutossl) {
            $autossl = $environment->enableAutossl();
            $check = new Plan($settled);
            $check->enableAutossl = true;
            $settled = Controller::settle($check, $facts, $autossl, $environment->now());
            $result = $autossl->code === null ? $result->with(['autossl' => $autossl->autossl]) : $autossl;
        }
        if ($settled != $state) {
            $environment->save($settled);
        }
        $this->state = $settled;
        $this->plan = $plan;
        $this->result = $result;
    }

    /** @return array{Plan, Facts, Result|null} */
    private function observe(Plan $plan, Facts $facts, State $state): array
    {
        // Whoever finds this, and no run under way, knows that something is left to do.
        $plan->state->startedAt = $this->environment->now();
        $this->environment->save($plan->state);
        $seen = $this->environment->observe($plan->names, $facts->www);
        if ($seen instanceof Result) {
            return [$plan, $facts, $seen];
        }
        $facts = $facts->observed($seen);
        $decided = Controller::decide($state, $facts, $this->environment->now());
        $decided->state->revision = $plan->state->revision;
        $decided->state->startedAt = $plan->state->startedAt;
        return [$decided, $facts, null];
    }

    private function carryOut(Plan $plan, Facts $facts): Result
    {
        if ($plan->step === Plan::APPLY) {
            $this->environment->save($plan->state);
            return $this->environment->apply($plan);
        }
        if ($plan->problem !== null && $plan->problem === $facts->blocked) {
            return Result::failed($plan->problem, [], false);
        }
        $seen = $facts->observed;
        return new Result(count: $seen?->count, limit: $seen?->limit, autossl: $seen->autossl ?? '');
    }
}
