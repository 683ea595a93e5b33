/** In CI every property test plays the same series, so that a red run is about the change; elsewhere each run is a new one. */
import fc from "fast-check";

if (process.env.CI) fc.configureGlobal({ seed: 20261122 });
