/** The addresses of lines: where a forge, or whoever calls, says under which address files are shown. */
import { dirname, relative, resolve, sep } from "node:path";
import { findCheckout } from "../../scan/checkout.ts";
import { UsageError } from "../usage.ts";

/** Under which address a line of a file of the checkout is shown; null where none is known. */
export type LinkTo = (path: string, line: string) => string | null;

/**
 * How lines are linked.
 *
 * @param given a text with `{path}` and `{line}`, in place of what the pipeline's environment says
 * @throws {UsageError} when the text is none
 */
export function linksOf(
  given: string | undefined,
  {
    GITHUB_SERVER_URL,
    GITHUB_REPOSITORY,
    GITHUB_SHA,
    CI_PROJECT_URL,
    CI_COMMIT_SHA,
  }: NodeJS.ProcessEnv = process.env,
): LinkTo {
  if (given !== undefined && !(isAddress(given) && given.includes("{path}")))
    throw new UsageError(
      "--source-url is no address of a file (expected one such as https://hg.example.com/policy/file/tip/{path}#l{line})",
    );
  const github =
    GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_SHA
      ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/blob/${GITHUB_SHA}/{path}#L{line}`
      : undefined;
  const gitlab =
    CI_PROJECT_URL && CI_COMMIT_SHA ? `${CI_PROJECT_URL}/-/blob/${CI_COMMIT_SHA}/{path}#L{line}` : undefined;
  const template = given ?? github ?? gitlab;
  if (template === undefined || !isAddress(template)) return () => null;
  return (path, line) => {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return template.replace("{path}", () => encoded.replace(/[()'!*]/g, hex)).replace("{line}", line);
  };
}

/**
 * A function from a position, as problems name it from here, to the address of its line.
 *
 * @param folder that of the environments
 */
export function linkFrom(folder: string, linkTo: LinkTo): (position: string) => string | null {
  const absolute = resolve(folder);
  // a folder in no checkout lies in its project
  const root = findCheckout(absolute)?.root ?? dirname(absolute);
  return (position) => {
    const [, file, line] = /^(.+):(\d+):\d+$/.exec(position) ?? [];
    if (file === undefined || line === undefined) return null;
    const path = relative(root, resolve(file));
    return path.startsWith("..") ? null : linkTo(path.split(sep).join("/"), line);
  };
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s<>"'`\\|]+$/.test(text) && URL.canParse(text);
}

const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
