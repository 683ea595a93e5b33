/** No two environments have one secret or one agent; and none waits for another one to be mended. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadTogether } from "../../model/load-together.ts";
import { formatProblem } from "../../model/problem.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-together-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rest = `
delivery: { command: [echo] }
variables:
  SCIM_URL: { type: url, value: "https://hg.example.com/scim/v2" }
  SCIM_TOKEN: { type: secret, secret: token }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_URL }
    auth: { bearer: { var: SCIM_TOKEN } }
    mapping: { account: user.userName }
    groups: []
`;
const secrets = (...refs: string[]) => `secrets: { token: { refs: [${refs.join(", ")}] } }\n`;

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function problems(...files: string[]): Promise<string[][]> {
  const loaded = await loadTogether(files);
  return loaded.map((one) =>
    one.ok ? [] : one.error.map((problem) => formatProblem(problem).slice(folder.length + 1)),
  );
}

const shared = (names: string) =>
  `ref+env://ONE is a secret of ${names} (expected another one in each environment)`;

test("one reference in two environments is told at both places, whichever is loaded", async () => {
  const a = write("a.yaml", secrets("ref+env://ONE") + rest);
  const b = write("b.yaml", secrets("ref+env://TWO", "ref+env://ONE") + rest);
  const c = write("c.yaml", secrets("ref+env://THREE") + rest);
  const told = [`a.yaml:1:28: ${shared("a and of b")}`, `b.yaml:1:43: ${shared("a and of b")}`];
  expect(await problems(a, b, c)).toEqual([told, told, []]);
  expect(await problems(a)).toEqual([told]);
  expect(await problems(c)).toEqual([[]]);
});

test("one that comes from a shared file is told once, there", async () => {
  write("environments/shared/base.yaml", secrets("ref+env://ONE"));
  const files = ["a", "b", "c", "d"].map((name) =>
    write(`environments/${name}.yaml`, `extends: ./shared/base.yaml\n${rest}`),
  );
  const told = [`environments/shared/base.yaml:1:28: ${shared("a, of b and of 2 more")}`];
  expect(await problems(...files)).toEqual([told, told, told, told]);
});

test.each([
  ["in quotes", 'secrets: { token: { refs: ["ref+env://ONE"] } }\n'],
  ["with an escape", 'secrets: { token: { refs: ["ref\\x2Benv://ONE"] } }\n'],
  ["in a file that it extends", "extends: ./shared/base.yaml\n"],
  ["in a file that it extends in another style", '"extends": ./shared/base.yaml\n'],
  ["behind another file", "extends: ./shared/more.yaml\n"],
])("a reference beside it is found %s", async (_, text) => {
  write("environments/shared/base.yaml", secrets("ref+env://ONE"));
  write("environments/shared/more.yaml", "extends: ./base.yaml # and no more\n");
  const a = write("environments/a.yaml", secrets("ref+env://ONE") + rest);
  write("environments/b.yaml", text + rest);
  const [told] = await problems(a);
  expect(told).toHaveLength(2);
  expect(told?.[0]).toBe(`environments/a.yaml:1:28: ${shared("a and of b")}`);
});

test("a reference beside it is found with a line break in place of its blank", async () => {
  const a = write("a.yaml", secrets('"ref+file:///etc/the token"') + rest);
  write("b.yaml", secrets('"ref+file:///etc/the\n  token"') + rest);
  const [told] = await problems(a);
  expect(told).toHaveLength(2);
  expect(told?.[0]).toContain("a.yaml:1:28: ref+file:///etc/the token is a secret of a and of b");
});

test("an environment that is not valid stops no other one, and its secrets count", async () => {
  const a = write("a.yaml", secrets("ref+env://ONE") + rest);
  write("broken.yaml", "secrets: [\n");
  write("literal.yaml", secrets("hunter2") + rest);
  write("nothing.yaml", "");
  expect(await problems(a)).toEqual([[]]);
  const b = write("b.yaml", `${secrets("ref+env://ONE")}idp: none\n`);
  const told = [`a.yaml:1:28: ${shared("a and of b")}`, `b.yaml:1:28: ${shared("a and of b")}`];
  expect(await problems(a)).toEqual([told]);
  const [ofA, ofB] = await problems(a, b);
  expect(ofA).toEqual(told);
  expect(ofB?.join("\n")).toContain('unknown key "idp"');
});

test("the same file twice, or one environment in two folders, has nothing in common with itself", async () => {
  const a = write("old/a.yaml", secrets("ref+env://ONE") + rest);
  const b = write("new/a.yaml", secrets("ref+env://ONE") + rest);
  expect(await problems(a, a, b)).toEqual([[], [], []]);
});

const withAgent = (url: string, reference: string) =>
  secrets(reference) + rest.replace("command: [echo]", `agent: { url: ${url}, token: ref+env://ADMIN }`);

test.each([
  ["https://hg.example.com:7443", "https://hg.example.com:7443"],
  ["https://hg.example.com:7443", "HTTPS://HG.Example.com:7443/"],
  ["https://hg.example.com", "https://hg.example.com:443/"],
  ["https://hg.example.com/a", "https://hg.example.com./a//"],
  ["http://localhost:7443", "http://127.0.0.1:7443/"],
  ["http://localhost:7443", '"http://127.1:07443"'],
  ["http://localhost:7443", "'https://[::1]:7443'"],
  ["http://127.0.0.1:443", "https://127.0.0.1"],
  ["https://hg.example.com/a/b", '"https://hg.example.com/a//b"'],
  ["https://hg.example.com:7443", "https://hg.ex\tample.com:7443"],
  ["https://hg.example.com:7443", '"https://hg.example.com\\u003A7443"'],
  ["'https://[2001:db8::1]:7443'", "'https://[2001:DB8:0::1]:7443'"],
])("%s and %s are one agent, whichever is loaded", async (one, other) => {
  const a = write("a.yaml", withAgent(one, "ref+env://ONE"));
  const b = write("b.yaml", withAgent(other, "ref+env://TWO"));
  const alone = [await problems(a), await problems(b)];
  for (const [told] of [...alone, await problems(a, b)]) {
    expect(told).toEqual([
      expect.stringMatching(
        /^a\.yaml:3:27: \S+ is the agent of a and of b \(expected another one in each environment\)$/,
      ),
      expect.stringMatching(
        /^b\.yaml:3:27: \S+ is the agent of a and of b \(expected another one in each environment\)$/,
      ),
    ]);
  }
});

test.each([
  ["https://hg.example.com:7443", "https://hg.example.com:7444"],
  ["https://hg.example.com/a", "https://hg.example.com/b"],
  ["https://hg.example.com", "https://hg.example.com.org"],
  ["http://127.0.0.1:7443", "http://127.0.0.2:7443"],
])("%s and %s are two agents", async (one, other) => {
  const a = write("a.yaml", withAgent(one, "ref+env://ONE"));
  const b = write("b.yaml", withAgent(other, "ref+env://TWO"));
  expect(await problems(a, b)).toEqual([[], []]);
});

test.each([
  ["that of the other environment", "https://A.example.com:443/", []],
  ["one that no file has, as another network would have it", "https://a.internal", []],
  ["its own", "https://b.example.com", ["b.example.com:443 is the agent of b (expected that of a)"]],
  ["a third's", "https://c.example.com/", ["c.example.com:443 is the agent of c (expected that of a)"]],
])("the agent that a policy is promoted from is %s", async (_, origin, told) => {
  write("a.yaml", withAgent("https://a.example.com", "ref+env://ONE"));
  write("c.yaml", withAgent("https://c.example.com", "ref+env://THREE"));
  const promote = `promote: { from: a, soak: 1h, agent: { url: "${origin}", token: ref+env://READER } }\n`;
  const b = write("b.yaml", promote + withAgent("https://b.example.com", "ref+env://TWO"));
  expect(await problems(b)).toEqual([told.map((one) => `b.yaml:1:45: ${one}`)]);
});

test("an agent in a shared file is told there, and one of an environment that is not valid counts", async () => {
  write(
    "environments/shared/base.yaml",
    "delivery: { agent: { url: https://hg.example.com, token: ref+env://ADMIN } }\n",
  );
  const bare = (reference: string) => secrets(reference) + rest.replace(/^delivery: .*\n/m, "");
  const a = write("environments/a.yaml", `extends: ./shared/base.yaml\n${bare("ref+env://ONE")}`);
  write("environments/b.yaml", `extends: ./shared/base.yaml\n${bare("ref+env://TWO")}idp: none\n`);
  write("environments/c.yaml", "delivery: https://hg.example.com\n");
  write("environments/d.yaml", "delivery: { agent: { url: [https://hg.example.com] } }\n");
  expect(await problems(a)).toEqual([
    [
      "environments/shared/base.yaml:1:27: hg.example.com:443 is the agent of a and of b (expected another one in each environment)",
    ],
  ]);
});
