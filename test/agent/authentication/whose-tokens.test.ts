/** Whose a fixed token is: one connector's alone, also where the sources of secrets change and the agent starts again. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { send } from "../request.ts";
import { change } from "../store/file.ts";
import { twinOf, twinWith } from "./twin.ts";

const sources = { okta: "SCIM_TEST_WHOSE_OKTA", next: "SCIM_TEST_WHOSE_NEXT", twin: "SCIM_TEST_WHOSE_TWIN" };
const first = {
  okta: "the-token-of-okta-itself",
  next: "the-next-token-of-okta",
  twin: "the-token-of-the-twin",
};
/** What the references point at from now on. */
const put = (values: Partial<Record<keyof typeof sources, string>>) => {
  for (const [name, value] of Object.entries(values))
    process.env[sources[name as keyof typeof sources]] = value;
};
const reference = (name: keyof typeof sources) => `ref+env://${sources[name]}`;

let h: Harness;
beforeEach(async () => {
  put(first);
  h = await startHarness(["core/api"]);
});
afterEach(async () => {
  for (const name of Object.values(sources)) delete process.env[name];
  await h.stop();
});

const two = (draft: ReleaseShape) => {
  draft.secrets["okta-token"].refs = [reference("okta")];
  twinWith(draft, [reference("twin")]);
};
const rotating = (draft: ReleaseShape) => {
  two(draft);
  draft.secrets["okta-token"].refs.push(reference("next"));
};
const activate = async (edit: (draft: ReleaseShape) => void, expected?: string) =>
  h.admin("PUT", "/release", {
    body: { release: await h.release(edit), origin: {} },
    headers: expected === undefined ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` },
  });
/** Whether each connector lets somebody in by a token: okta, then its twin. */
const lets = (token: string) =>
  Promise.all(
    ["okta", "twin"].map(async (connector) => {
      const url = `${h.agent.scim}/scim/${connector}/v2/Users`;
      return (await send(url, { headers: { Authorization: `Bearer ${token}` }, ca: h.ca })).status === 200;
    }),
  );
const restart = async (values: Parameters<typeof put>[0]) => {
  h.logs.length = 0;
  await h.restart(() => put(values));
};
const errors = () =>
  h.logs
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level >= 50)
    .map(({ msg }) => msg);
const out =
  ": nobody is let in by it until a token is there that can be used, which the agent notices by itself";
const isAlso = (connector: string, other: string) =>
  `connectors.${connector}.auth.bearer: the token is also that of connector ${other} (expected one of its own)`;
const was = (connector: string, other: string) =>
  `connectors.${connector}.auth.bearer: the token was that of connector ${other} (expected one of its own)`;
const inactive = { Operations: [{ op: "replace", path: "active", value: false }] };

describe("after a start", () => {
  test.each([
    ["okta", { twin: first.okta }, first.okta, [true, false], isAlso("twin", "okta")],
    ["the twin", { okta: first.twin }, first.twin, [false, true], isAlso("okta", "twin")],
  ])("a token of two connectors is that of who used it first: %s", async (_, values, token, open, told) => {
    await h.deploy(await h.release(two));
    const people = await staffOf(h, first.okta);
    await restart(values);
    expect(await lets(token)).toEqual(open);
    expect(errors()).toEqual([told + out]);
    if (open[0]) expect((await h.scim("PATCH", `/Users/${people}`, inactive, first.okta)).status).toBe(200);
    await restart(first);
    expect([await lets(first.okta), await lets(first.twin), errors()]).toEqual([
      [true, false],
      [false, true],
      [],
    ]);
  });

  test("a rotation that copies the other connector's token leaves both as they were", async () => {
    await h.deploy(await h.release(rotating));
    await restart({ next: first.twin });
    expect([await lets(first.okta), await lets(first.twin), await lets(first.next)]).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(errors()).toEqual([isAlso("okta", "twin") + out]);
  });

  test("tokens that are swapped open neither", async () => {
    await h.deploy(await h.release(two));
    await restart({ okta: first.twin, twin: first.okta });
    expect([await lets(first.okta), await lets(first.twin)]).toEqual([
      [false, false],
      [false, false],
    ]);
    expect(errors()).toEqual([was("okta", "twin") + out, was("twin", "okta") + out]);
  });

  test("a token that the other one had once opens nothing", async () => {
    await h.deploy(await h.release(two));
    await restart({ okta: first.twin, twin: "another-token-of-the-twin" });
    expect(await lets(first.twin)).toEqual([false, false]);
    expect(await lets("another-token-of-the-twin")).toEqual([false, true]);
  });

  test("a new token of both is nobody's, and of which is known by then", async () => {
    await h.deploy(await h.release(two));
    const both = "a-new-token-of-the-two";
    await restart({ okta: both, twin: both });
    expect(await lets(both)).toEqual([false, false]);
    expect(errors()).toEqual([isAlso("okta", "twin") + out, isAlso("twin", "okta") + out]);
    await restart({ twin: first.twin });
    expect(await lets(both)).toEqual([true, false]);
    await restart({ twin: both });
    expect(await lets(both)).toEqual([true, false]);
  });

  test.each([
    [
      "short",
      "too-short",
      "secrets.okta-token.refs.0: the value is too short to be safe (expected 16 characters or more)",
    ],
    [
      "empty",
      "",
      `secrets.okta-token: ${reference("okta")}: the environment variable ${sources.okta} is empty`,
    ],
    [
      "several words",
      "a token of several words",
      "secrets.okta-token.refs.0: the value has spaces or other characters that no header carries (expected the token alone)",
    ],
  ])("a token that is %s opens nothing, and all others go on", async (_, value, told) => {
    await h.deploy(await h.release(rotating));
    await restart({ okta: value });
    if (value) expect(await lets(value)).toEqual([false, false]);
    expect([await lets(first.next), await lets(first.twin)]).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(errors()).toEqual([value ? told + out : expect.stringContaining(told)]);
    expect(h.logs.join("")).not.toContain(value || first.okta);
  });

  test("a token that is an admin's opens nothing", async () => {
    await h.deploy(await h.release(two));
    await restart({ okta: h.tokens.approver });
    expect(await lets(h.tokens.approver)).toEqual([false, false]);
    expect(errors()).toEqual([
      `connectors.okta.auth.bearer: the token is also the admin token approver of agent.yaml (expected one of its own)${out}`,
    ]);
  });

  test("of a store that does not know whose a token was, it is that of the entry in which it was seen", async () => {
    await h.deploy(await h.release(two));
    await h.restart(() => {
      change(`${h.config.data}/store.db`, "UPDATE tokens SET connector = NULL");
      put({ okta: first.twin });
    });
    expect(await lets(first.twin)).toEqual([false, true]);
  });
});

test("another text at a reference is not looked at while the agent runs", async () => {
  await h.deploy(await h.release(two));
  put({ okta: first.twin, twin: first.okta });
  expect([await lets(first.okta), await lets(first.twin)]).toEqual([
    [true, false],
    [false, true],
  ]);
});

describe("a release is refused", () => {
  test.each<[string, Partial<typeof first>, string[]]>([
    ["that copies the other's token", { okta: first.twin }, [isAlso("okta", "twin")]],
    ["that swaps them", { okta: first.twin, twin: first.okta }, [was("okta", "twin"), was("twin", "okta")]],
    [
      "that takes what the other had",
      { okta: first.twin, twin: "another-token-of-the-twin" },
      [was("okta", "twin")],
    ],
  ])("%s, and the one before goes on", async (_, values, problems) => {
    const digest = await h.deploy(await h.release(two));
    put(values);
    const refused = await activate(two, digest);
    expect(refused).toMatchObject({ status: 422, body: { error: { code: "secretUnusable", problems } } });
    expect([await lets(first.okta), await lets(first.twin)]).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test.each(["reader", "deployer", "approver"] as const)("with a token of a %s", async (role) => {
    put({ okta: h.tokens[role] });
    const problem = `connectors.okta.auth.bearer: the token is also the admin token ${role} of agent.yaml (expected one of its own)`;
    expect((await activate(two)).body.error).toMatchObject({ code: "secretUnusable", problems: [problem] });
  });
});

test("a connector takes its token along to another name, and entries may change theirs", async () => {
  const digest = await h.deploy(await h.release(two));
  const since = async () =>
    (await h.admin("GET", "/tokens")).body.tokens.map((one: { since: number }) => one.since);
  const before = await since();
  const renamed = (draft: ReleaseShape) => {
    draft.secrets["okta-token"].refs = [reference("twin")];
    draft.secrets["twin-token"] = {
      ...structuredClone(draft.secrets["okta-token"]),
      refs: [reference("okta")],
    };
    twinOf("okta-token")(draft);
    draft.variables.SCIM_AUTH_TOKEN.secret = "twin-token";
    draft.connectors.third = draft.connectors.twin;
    delete draft.connectors.twin;
  };
  const done = await activate(renamed, digest);
  expect(done.status).toBe(200);
  expect([await lets(first.okta), await lets(first.twin)]).toEqual([
    [true, false],
    [false, true],
  ]);
  expect((await since()).sort()).toEqual(before.sort());
  expect((await activate(two, done.body.digest)).status).toBe(200);
  expect(await lets(first.twin)).toEqual([false, true]);
});

async function staffOf(on: Harness, token: string): Promise<string> {
  const { body } = await on.scim("POST", "/Users", { userName: "ann@example.com", active: true }, token);
  return body.id;
}
