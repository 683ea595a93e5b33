/**
 * Random sequences of SCIM requests, at a real agent and at the reference model: both must answer the same, and give the
 * same people the same access. HGSCIM_SEED=S plays the series of a seed again.
 */
import { Agent as HttpsAgent } from "node:https";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSoak } from "../../long.ts";
import { type Harness, type Reply, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import type { Kind } from "./attributes.ts";
import { print } from "./filter.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Operation, Path } from "./patch.ts";
import { type Reason, Refusal } from "./refusal.ts";
import { type Condition, ReferenceServer, warning } from "./server.ts";
import { type Step, sequences } from "./steps.ts";

const runs = isSoak ? 3_000 : 20;

let h: Harness;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(
    await h.release((release) => {
      release.permissions = { core: { ...release.permissions.core, branches: {} } };
    }),
  );
});
afterAll(async () => {
  await h.stop();
  connections.destroy();
});

const connections = new HttpsAgent({ keepAlive: true });

type Answer = { readonly status: number; readonly body?: unknown } | { readonly reasons: readonly Reason[] };

const endpoint = (kind: Kind) => (kind === "User" ? "/Users" : "/Groups");

async function request(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { text, ...answer } = await send(`${h.agent.scim}/scim/okta/v2${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${h.tokens.scim}`,
      "Content-Type": "application/scim+json",
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    ca: h.ca,
    agent: connections,
  });
  return { ...answer, body: text === "" ? null : JSON.parse(text) };
}

/** `@3` as the id of the third user. */
function withIds<T extends Json>(value: T, ids: readonly string[]): T {
  if (ids.length === 0) return value;
  const text = JSON.stringify(value).replace(/"@(\d)"/g, (_, i) => `"${ids[Number(i) % ids.length]}"`);
  return JSON.parse(text) as T;
}

function pathText({ name, filter, sub }: Path): string {
  return `${name}${filter ? `[${print(filter)}]` : ""}${sub === undefined ? "" : `.${sub}`}`;
}

function message(operation: Operation): JsonObject {
  if ("values" in operation)
    return {
      op: operation.op,
      value: Object.fromEntries(operation.values.map(([path, value]) => [pathText(path), value])),
    };
  const { op, path, value } = operation;
  return { op, ...(path && { path: pathText(path) }), ...(value !== undefined && { value }) };
}

const ifMatch = (condition: Condition | undefined, version: number): Record<string, string> =>
  condition === undefined
    ? {}
    : { "If-Match": condition === "*" ? "*" : `W/"${condition === "present" ? version : version + 1_000}"` };

/** No values are the same as an attribute that is not there (RFC 7643, section 2.5). */
const isNone = (value: unknown) => Array.isArray(value) && value.length === 0;

/** A resource without what only one of both can know: times and addresses. */
function shown({ meta, ...resource }: JsonObject): JsonObject {
  const { resourceType, version } = meta as JsonObject;
  return JSON.parse(
    JSON.stringify({ ...resource, meta: { resourceType, version } }, (key, value) =>
      key === "$ref" || isNone(value) ? undefined : key === warning ? "told" : value,
    ),
  );
}

/** Plays a step at the model and at the agent; answers what each says. */
async function play(step: Step, model: ReferenceServer): Promise<[expected: Answer, reply: Reply]> {
  const { kind } = step;
  const [users, own] = [model.ids("User"), model.ids(kind)];
  const id = "to" in step ? (own[step.to === 20 ? -1 : step.to % own.length] ?? "nobody") : "";
  const at = `${endpoint(kind)}/${id}`;
  const ifHeader = "if" in step ? ifMatch(step.if, model.version(id)) : {};
  switch (step.do) {
    case "create": {
      const body = withIds(step.body, users);
      const reply = await request("POST", endpoint(kind), body);
      return [judged(201, () => model.create(kind, body, () => reply.body.id)), reply];
    }
    case "replace": {
      const body = withIds(step.body, users);
      const expected = judged(200, () => model.replace(kind, id, body, step.if));
      return [expected, await request("PUT", at, body, ifHeader)];
    }
    case "modify": {
      const operations = withIds(step.operations as unknown as Json[], users) as unknown as Operation[];
      const expected = judged(kind === "User" ? 200 : 204, () => {
        const changed = model.modify(kind, id, operations, step.if);
        return kind === "User" ? changed : undefined;
      });
      return [expected, await request("PATCH", at, { Operations: operations.map(message) }, ifHeader)];
    }
    case "remove":
      return [
        judged(204, () => model.remove(kind, id, step.if)),
        await request("DELETE", at, undefined, ifHeader),
      ];
    case "get":
      return [judged(200, () => model.get(kind, id)), await request("GET", at)];
    case "list": {
      const { filter, sortBy, descending, startIndex, count } = step.request;
      const expected = judged(200, () => model.list(kind, step.request));
      const query = {
        startIndex,
        count,
        ...(filter && { filter: print(filter) }),
        ...(sortBy && { sortBy, sortOrder: descending ? "descending" : "ascending" }),
      };
      const strings = Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]);
      const search = () => request("POST", `${endpoint(kind)}/.search`, query);
      const list = () => request("GET", `${endpoint(kind)}?${new URLSearchParams(strings)}`);
      return [expected, await (step.bySearch ? search() : list())];
    }
  }
}

function judged(status: number, act: () => unknown): Answer {
  try {
    return { status, body: act() };
  } catch (error) {
    if (error instanceof Refusal) return { reasons: error.reasons };
    throw error;
  }
}

function expectSame(expected: Answer, { status, body }: Reply): void {
  if ("reasons" in expected) {
    const { scimType } = body;
    expect(expected.reasons).toContainEqual({ status, ...(scimType !== undefined && { scimType }) });
    return;
  }
  expect({ status, body: status >= 400 ? body : undefined }).toEqual({
    status: expected.status,
    body: undefined,
  });
  if (body?.Resources) {
    const { total, page } = expected.body as { total: number; page: JsonObject[] };
    expect([body.totalResults, body.Resources.map(shown)]).toEqual([total, page.map(shown)]);
  } else if (expected.body) expect(shown(body)).toEqual(shown(expected.body as JsonObject));
}

async function rightsAtAgent(): Promise<string[]> {
  const { access } = (await h.admin("GET", "/access")).body;
  return access.map(({ account, right }: Record<string, string>) => `${account} ${right}`).sort();
}

/** Leaves nobody behind, and no name of an account reserved. */
async function clear(model: ReferenceServer): Promise<void> {
  for (const kind of ["User", "Group"] as const)
    for (const id of model.ids(kind)) await request("DELETE", `${endpoint(kind)}/${id}`);
  for (const account of model.accounts())
    await h.admin("DELETE", `/owners/${account}`, { token: h.tokens.approver });
}

/** Every kind of request, as it succeeded and as it was refused: all of them are met. */
const answers = [
  ...["create 201", "create 400", "create 409", "replace 200", "replace 404", "remove 204"],
  ...["modify 200", "modify 204", "modify 400", "modify 412", "get 200", "list 200", "list 400"],
];

test(`${runs} sequences of requests, and more until every kind of answer was met`, async () => {
  const seen = new Set<string>();
  const unmet = () => answers.filter((answer) => !seen.has(answer));
  const seed = Number(process.env.HGSCIM_SEED ?? Date.now() & 0x7fffffff);
  for (let round = 0; round === 0 || (unmet().length > 0 && round < 10); round++)
    await fc.assert(
      fc.asyncProperty(sequences, async (steps) => {
        const model = new ReferenceServer();
        try {
          for (const step of steps) {
            const [expected, reply] = await play(step, model);
            seen.add(`${step.do} ${reply.status}`);
            expectSame(expected, reply);
            if (step.do !== "get" && step.do !== "list")
              expect(await rightsAtAgent()).toEqual(model.access());
          }
        } finally {
          await clear(model);
        }
      }),
      { numRuns: runs, seed: seed + round },
    );
  expect(unmet()).toEqual([]);
}, 3_600_000);
