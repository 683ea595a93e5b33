/** The name of a release's file. The provider reads it at every start of its own, which loads no schema. */

/** The file's name. It follows the digest, so that a plan that was kept never takes the file of a later one. */
export function releaseFileName(digest: string): string {
  return `release-${digest.replace("sha256:", "").slice(0, 12)}.json`;
}
