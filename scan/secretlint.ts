/**
 * Loads secretlint. Its profiler keeps every mark it makes and searches them all at each further one: 3000 files take
 * more than a minute. It makes none where there is no PerformanceObserver, so there is none while it is loaded.
 */
import hooks from "node:perf_hooks";

const loading: { PerformanceObserver: unknown } = hooks;
const observer = loading.PerformanceObserver;
loading.PerformanceObserver = undefined;
export const { lintSource } = await import("@secretlint/core");
loading.PerformanceObserver = observer;

export const { rules: presetRules } = await import("@secretlint/secretlint-rule-preset-recommend");
