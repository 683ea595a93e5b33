/** Files of policy tests, read like environments: every mistake at its line. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type DocumentNode, keyAt, nodeAt, type Path } from "../../model/document.ts";
import { readMerged } from "../../model/extends.ts";
import { hint } from "../../model/nearest.ts";
import { parseAgainst } from "../../model/parse.ts";
import type { Checked, Position, Problem } from "../../model/problem.ts";
import { fail, ok } from "../../model/result.ts";
import { systemReason } from "../../model/system-error.ts";
import { liesWithin } from "../../model/within.ts";
import { isObject, type JsonObject, parseBody } from "../../scim/json.ts";
import { type PolicyRequest, type PolicyTest, PolicyTests } from "./schema.ts";

export interface TestFile {
  readonly environments: readonly string[];
  readonly tests: readonly LoadedTest[];
}

export interface LoadedTest {
  readonly name: string;
  readonly test: PolicyTest;
  /** Where the value at a path below the test stands, or its key. */
  locate(path: Path, ofKey?: boolean): Position;
  /** The bodies of the requests, those of payload files read, in the order of `requestsOf`. */
  readonly bodies: readonly JsonObject[];
}

/** The files of policy tests in a folder of environments, in the order of their names; none when there is no such folder. */
export async function testFiles(environments: string): Promise<string[]> {
  const folder = join(environments, "tests");
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Reads one file of policy tests and the payloads that it names.
 *
 * @param known the names of the environments that there are
 */
export async function loadTestFile(file: string, known: readonly string[]): Promise<Checked<TestFile>> {
  const tree = await readMerged(file);
  if (!tree.ok) return tree;
  const parsed = parseAgainst(PolicyTests, tree.value);
  if (!parsed.ok) return parsed;
  const problems: Problem[] = parsed.value.environments.flatMap((name, index) =>
    known.includes(name)
      ? []
      : {
          at: placeOf(tree.value, ["environments", index]),
          code: "unknown-name",
          message: `no environment "${name}" ${hint("an environment beside tests/", name, known)}`,
        },
  );
  const tests: LoadedTest[] = [];
  for (const [name, test] of Object.entries(parsed.value.tests)) {
    const locate = (path: Path, ofKey = false) =>
      (ofKey ? keyAt : placeOf)(tree.value, ["tests", name, ...path]);
    const requests = requestsOf(test);
    const bodies: JsonObject[] = [];
    for (const { request, path } of requests) {
      const body = await bodyOf(request, dirname(file));
      if (typeof body === "string")
        problems.push({ at: locate([...path, "payload"]), code: "unreadable-payload", message: body });
      else bodies.push(body);
    }
    tests.push({ name, test, locate, bodies });
  }
  return problems.length > 0 ? fail(problems) : ok({ environments: parsed.value.environments, tests });
}

/** The requests of a test in their order: `first`, then `when` where there is one. */
export function requestsOf({ first, when }: PolicyTest): { request: PolicyRequest; path: Path }[] {
  const before = first.map((request, index) => ({ request, path: ["first", index] }));
  return when ? [...before, { request: when, path: ["when"] }] : before;
}

/** The body of a request, or what is wrong with its payload. */
async function bodyOf({ body = {}, payload }: PolicyRequest, folder: string): Promise<JsonObject | string> {
  if (payload === undefined) return body as JsonObject;
  const file = resolve(folder, payload);
  // tests lie in a folder of the environments'
  if (!(await liesWithin(resolve(folder, "..", ".."), file)))
    return "the payload leads out of the project (expected a JSON file, from the folder of this file)";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    return `no payload there: ${systemReason(error)} (expected a JSON file, from the folder of this file)`;
  }
  const parsed = parseBody(text);
  if (!parsed.ok) return `${parsed.error.detail} (expected a JSON file with the body)`;
  return isObject(parsed.value) ? parsed.value : "no JSON object (expected the body of a SCIM request)";
}

function placeOf(root: DocumentNode, path: Path): Position {
  const node = nodeAt(root, path);
  return node.kind === "scalar" ? node.at : keyAt(root, path);
}
