/** Helpers that print secrets: run without a shell and with an environment of their own, in bounded time and size. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HelperConfig } from "../../secrets/stores/configuration.ts";
import { SecretStores } from "../../secrets/stores/stores.ts";

let folder: string;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-helper-"));
  now = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A helper that runs this text, where a test wants a program of its own. */
const script = (text: string) => ({ command: ["/bin/sh", "-c", text] });
const storesOf = (helpers: Record<string, object>) =>
  new SecretStores({
    config: {
      helpers: Object.fromEntries(
        Object.entries(helpers).map(([name, helper]) => [name, HelperConfig.parse(helper)]),
      ),
    },
    measured: () => now,
    pause: () => 1_000,
  });
const of = async (helper: object, reference = "ref+exec://one#/okta/token") => {
  const { value, problem } = await storesOf({ one: helper }).resolve(reference);
  expect(problem?.reason ?? "").not.toContain("hunter2");
  return value ?? problem?.reason.slice(`${reference}: `.length);
};
const json = `echo '{"okta": {"token": "hunter2-hunter2", "age": 7, "list": ["hunter2"]}}'`;

test("arguments are what they are, and the environment is the helper's own", async () => {
  process.env.HGSCIM_HELPER_TEST = "hunter2";
  const argument = "$(echo hunter2) `id` ; | && *";
  expect(await of({ command: ["/usr/bin/printf", "%s", argument] }, "ref+exec://one")).toBe(argument);
  const environment = await of({ command: ["/usr/bin/env"], environment: { OWN: "a b" } }, "ref+exec://one");
  expect(environment?.split("\n").sort()).toEqual([
    "LANG=C.UTF-8",
    "OWN=a b",
    "PATH=/usr/local/bin:/usr/bin:/bin",
  ]);
  expect(await of(script("pwd; cat"), "ref+exec://one")).toBe("/");
  delete process.env.HGSCIM_HELPER_TEST;
});

test("a key of what is printed as JSON, and why there is none, without a word of the rest", async () => {
  expect(await of(script(json))).toBe("hunter2-hunter2");
  const why = (reference: string) => of(script(json), reference);
  expect(await why("ref+exec://one#/okta/tokne")).toBe(
    "what the helper printed has no okta/tokne (expected that key)",
  );
  for (const keys of ["okta/list/0", "okta/token/x", "__proto__/x"])
    expect(await why(`ref+exec://one#/${keys}`)).toMatch(/has no .* \(expected that key\)$/);
  expect(await why("ref+exec://one#/okta/age")).toBe(
    "what the helper printed has no text under okta/age (expected a string)",
  );
  expect(await of(script("echo hunter2"))).toBe(
    "what the helper printed is no JSON (expected an object with the key)",
  );
  expect(await of(script("echo"), "ref+exec://one")).toBe("the value is empty");
  expect(await why("ref+exec://oen#/okta/token")).toBe(
    "the agent's configuration has no helper of that name, did you mean one? (see helpers in agent.yaml)",
  );
});

test.each<[string, object, string]>([
  [
    "fails",
    script("echo hunter2; echo hunter2 >&2; exit 128"),
    "ended with exit code 128 (run it by hand to see why)",
  ],
  ["is killed", script("kill -9 $$"), "ended with signal SIGKILL (run it by hand to see why)"],
  ["is not there", { command: ["/nowhere/sops"] }, "cannot be run: no such file"],
  ["is a folder", { command: ["/etc"] }, "cannot be run: this user may not (EACCES)"],
  [
    "prints too much",
    script("while :; do printf '%065536d' 0; done"),
    "printed more than 1048576 bytes (expected the secret alone)",
  ],
])("one that %s", async (_, helper, told) => {
  expect(await of(helper)).toBe(`the helper one ${told}`);
});

test("one that does not end is ended, with what it has started", async () => {
  const pids = join(folder, "pids");
  const hangs = { ...script(`sleep 100 & echo $! $$ > ${pids}; wait`), timeout: "1s" };
  expect(await of(hangs)).toBe("the helper one did not end within 1s (expected it to print the secret)");
  for (const pid of readFileSync(pids, "utf8").trim().split(" ")) {
    let isThere = true;
    for (let attempt = 0; attempt < 200 && isThere; attempt++) {
      await sleep(10);
      // one that has ended and was not waited for is none that runs
      try {
        isThere = !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      } catch {
        isThere = false;
      }
    }
    expect(isThere).toBe(false);
  }
});

test("it runs once for all of its keys, again when that is old, and what it printed last stands in while it fails", async () => {
  const [runs, output] = [join(folder, "runs"), join(folder, "output")];
  writeFileSync(output, '{"a": "the-first", "b": "other"}');
  const stores = storesOf({ one: { ...script(`echo >> ${runs}; cat ${output}`), refresh: "1m" } });
  const both = async () => [
    (await stores.resolve("ref+exec://one#/a")).value,
    (await stores.resolve("ref+exec://one#/b")).value,
  ];
  expect(await both()).toEqual(["the-first", "other"]);
  writeFileSync(output, '{"a": "the-second", "b": "other"}');
  expect(await both()).toEqual(["the-first", "other"]);
  expect(readFileSync(runs, "utf8")).toBe("\n");
  now += 60_000;
  expect(await both()).toEqual(["the-second", "other"]);
  rmSync(output);
  now += 60_000;
  expect(await both()).toEqual(["the-second", "other"]);
  expect((await stores.resolve("ref+exec://one#/a")).problem?.away).toBe(
    "the helper one ended with exit code 1 (run it by hand to see why)",
  );
  expect(readFileSync(runs, "utf8")).toBe("\n\n\n");
});
