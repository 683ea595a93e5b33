/**
 * What hgscim is to a program: an environment file becomes a release, and a release a Terraform stack.
 *
 * @example
 * import { formatProblem, loadEnvironment, synthesize } from "hgscim";
 *
 * const loaded = await loadEnvironment("environments/staging.yaml");
 * if (loaded.ok) synthesize([loaded.value]);
 * else for (const problem of loaded.error) console.error(formatProblem(problem));
 */
export { canonicalJson } from "../model/canonical.ts";
export { type Digests, digestsOf, type ReleaseData } from "../model/digest.ts";
export { environmentFiles, type LoadedEnvironment, loadEnvironment, type Sources } from "../model/load.ts";
export { loadTogether } from "../model/load-together.ts";
export {
  type Checked,
  formatProblem,
  inReadingOrder,
  type Position,
  type Problem,
} from "../model/problem.ts";
export type { Release } from "../model/release.ts";
export {
  parseReleaseFile,
  type ReleaseFile,
  releaseFileText,
} from "../model/release-file.ts";
export { releaseFileName } from "../model/release-file-name.ts";
export type { Result } from "../model/result.ts";
export { EnvironmentStack } from "../stacks/environment-stack.ts";
export { HgscimProvider, type HgscimProviderConfig } from "../stacks/hgscim-provider.ts";
export { HgscimRelease, type HgscimReleaseConfig } from "../stacks/hgscim-release.ts";
export { synthesize } from "../stacks/synthesize.ts";
