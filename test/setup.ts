/**
 * What every test starts from. Whom the developer's own machine speaks to is none of it: every agent here is on loopback.
 *
 * In CI every property test plays the same series, so that a red run is about the change; elsewhere each run is a new one.
 */
import fc from "fast-check";

if (process.env.CI) fc.configureGlobal({ seed: 20261122 });

delete process.env.HGSCIM_AGENTS;
