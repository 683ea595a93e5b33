/**
 * The long forms, which `npm run soak` plays and `npm test` does not: variants of what another test of the same file plays,
 * which cost minutes together.
 */
import { test } from "vitest";

export const isSoak = process.env.HGSCIM_SOAK !== undefined;

const absent = Object.assign(() => undefined, { each: () => () => undefined }) as unknown as typeof test;

/** A test of the long forms. Elsewhere it is not there, so that one that is skipped stays a mistake. */
export const long: typeof test = isSoak ? test : absent;
