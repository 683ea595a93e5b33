/** `hgscim rotate` as a process, against a real agent: each step, what it says where it cannot go on, and that it goes on from wherever it was left. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { adminClient } from "../../api/client.ts";
import { Rotation } from "../../cli/rotate/rotation.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { localFile, makeProject, type Project } from "../e2e/terraform-project.ts";
import { freePort } from "../free-port.ts";
import { long } from "../long.ts";
import { run } from "./hgscim.ts";

const strong = () => randomBytes(32).toString("hex");
const isRoot = process.getuid?.() === 0;
const one = strong();
let h: Harness;
let project: Project;
let current: string;
let next: string;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  h.config.references.push(`ref+file://${h.folder}/*/*`);
  mkdirSync(join(h.folder, "slots"), { mode: 0o750 });
  [current, next] = [join(h.folder, "slots", "current"), join(h.folder, "slots", "next")];
  writeFileSync(current, `${one}\n`, { mode: 0o600 });
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const rotate = (...args: string[]) => project.hgscim("rotate", "local", "okta-token", ...args);
const names = (refs: readonly string[], more = "quiet: 1s") =>
  project.edit(localFile, (text) =>
    text.replace(/okta-token: \{ refs: \[.*?\],/, `okta-token: { refs: [${refs.join(", ")}], ${more},`),
  );
const slots = () => [`ref+file://${current}`, `ref+file://${next}`];
const deployed = async (refs = slots(), quiet = "1s") => {
  names(refs, `quiet: ${quiet}`);
  await h.deploy(
    await h.release((draft) => {
      Object.assign(draft.secrets["okta-token"], { refs, quiet });
    }),
  );
};
const read = async (token: string) => (await h.scim("GET", "/Users", undefined, token)).status;
const valueIn = (file: string) => readFileSync(file, "utf8").trim();

test("a life: begun, waits for the provider, then for the quiet time, withdrawn; each call goes on where the last one ended", async () => {
  await deployed();
  const idle = await rotate("--once");
  expect(idle).toMatchObject({ code: 0, stderr: "" });
  expect(idle.stdout).toMatch(/^slot +reference +value +known since/);
  expect(idle.stdout).toMatch(/^2 +ref\+file:\S+\/next +empty$/m);
  expect(idle.stdout).toContain("Nothing is under way, and nothing was begun (--yes begins a rotation).");
  expect(existsSync(next)).toBe(false);
  expect(await read(one)).toBe(200);

  const begun = await rotate("--once", "--yes");
  expect(begun.code).toBe(1);
  const two = valueIn(next);
  expect(two).toMatch(/^[0-9a-f]{64}$/);
  // as the other slot is
  expect(statSync(next).mode & 0o777).toBe(0o600);
  expect(begun.stdout).toContain("A new value is there, and the agent lets it in beside the present one.");
  expect(begun.stderr).toMatch(
    /^Not yet\. The new value is let in, and nobody has come with it yet: enter it at the identity provider of connector okta\. The old one was last used \d+ s ago from 127\.0\.0\.1\.\n$/,
  );
  expect(begun.stdout).toContain(`Read it there: sudo cat ${next}`);
  expect([await read(one), await read(two)]).toEqual([200, 200]);

  // the provider has been tried with the new one, and goes on with the old one
  expect(await read(one)).toBe(200);
  const between = await rotate("--once", "--json");
  expect(between.code).toBe(1);
  expect(JSON.parse(between.stdout)).toMatchObject({
    ...{ environment: "local", secret: "okta-token", connector: "okta", done: false, step: "unswitched" },
    reason: expect.stringMatching(
      /^Not yet\. The new value was used .*, and the old one after that: enter it/,
    ),
    slots: [{ value: "old" }, { value: "new", lastUsed: { from: "127.0.0.1" } }],
  });
  expect(await read(two)).toBe(200);
  const done = await rotate();
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout).toContain(
    `The old value is withdrawn: ref+file://${next} and ref+file://${current} hold the new one.`,
  );
  expect([valueIn(current), valueIn(next)]).toEqual([two, two]);
  expect([await read(one), await read(two)]).toEqual([401, 200]);
  const rest = await rotate("--once");
  expect(rest.code).toBe(0);
  expect(rest.stdout).toContain("both slots hold it");
  const audit = (await h.admin("GET", "/audit?last=100")).body.rows;
  expect(audit.filter((row: { operation: string }) => row.operation === "token.replace")).toHaveLength(2);
  for (const secret of [one, two])
    expect([...project.printed, ...h.logs, JSON.stringify(audit)].join("")).not.toContain(secret);
});

test("it waits, and tells the step when that changes: who ends it loses nothing", async () => {
  await deployed();
  let said = "";
  const waiting = run(
    process.execPath,
    [`${process.cwd()}/dist/cli/main.js`, "rotate", "local", "okta-token", "--yes"],
    {
      cwd: project.folder,
      env: project.env,
      heard: (text) => {
        said += text;
      },
    },
  );
  await vi.waitFor(() => expect(said).toContain("lets it in beside"), { timeout: 60_000 });
  const two = valueIn(next);
  expect(await read(two)).toBe(200);
  expect((await waiting).code).toBe(0);
  expect(said).toContain("The new value is in use");
  expect(valueIn(current)).toBe(two);
});

test("taken back, and withdrawn at once", async () => {
  await deployed(slots(), "1d");
  await rotate("--once", "--yes");
  const two = valueIn(next);
  expect((await rotate("--undo")).code).toBe(2);
  const back = await rotate("--undo", "--yes");
  expect(back).toMatchObject({ code: 0, stderr: "" });
  expect(back.stdout).toContain("The new value is taken back: both slots hold the one of before.");
  expect([await read(one), await read(two)]).toEqual([200, 401]);

  await rotate("--once", "--yes");
  // a slot is emptied whose value is in no other one: it is let in still, and nothing else goes in its place
  const [rested] = [valueIn(next), await read(one), rmSync(next)];
  const emptied = await rotate("--once", "--yes");
  expect([emptied.code, await read(rested)]).toEqual([1, 200]);
  expect(emptied.stdout).toContain(
    `ref+file://${next}: nothing is there any more: the connector goes on with what it had.`,
  );
  expect(emptied.stderr).toContain("take it back: npx hgscim rotate local okta-token --undo");
  expect(await read(one)).toBe(200);
  expect((await rotate("--undo", "--yes")).code).toBe(0);
  expect([valueIn(next), await read(one), await read(rested)]).toEqual([one, 200, 401]);

  await rotate("--once", "--yes");
  const three = valueIn(next);
  const early = await rotate("--now");
  expect(early.code).toBe(2);
  expect(early.stderr).toContain("nobody is there to ask (expected --yes, or a terminal)");
  const withdrawn = await rotate("--now", "--yes", "--once");
  expect(withdrawn.code).toBe(0);
  expect(withdrawn.stdout).toContain(
    "Enter it at the identity provider of connector okta now: it is refused until then.",
  );
  expect([await read(one), await read(three)]).toEqual([401, 200]);
  // a leak: in one call
  const leaked = await rotate("--now", "--yes", "--once");
  expect(leaked.code).toBe(0);
  expect(await read(three)).toBe(401);
  expect([await read(valueIn(current)), valueIn(next)]).toEqual([200, valueIn(current)]);
});

long(
  "the slot of the provider's value is spoiled: nothing is taken back by which the provider would be shut out",
  async () => {
    await deployed(slots(), "1d");
    await rotate("--once", "--yes");
    const two = valueIn(next);
    expect(await read(one)).toBe(200);
    writeFileSync(current, "tiny\n");
    for (const args of [["--once"], ["--undo", "--yes"]]) {
      const told = await rotate(...args);
      expect(told.code).toBe(1);
      expect(told.stderr).toContain(
        `Nobody comes with the value of ref+file://${next}, so nothing is taken back: put the value that the provider has into ref+file://${current}.`,
      );
    }
    expect([valueIn(current), valueIn(next), await read(one)]).toEqual(["tiny", two, 200]);
    writeFileSync(next, "tiny2\n");
    for (const args of [["--once"], ["--once", "--yes"], ["--undo", "--yes"]]) {
      const told = await rotate(...args);
      expect(told.code).toBe(1);
      expect(told.stderr).toContain("Put the value that the provider has into ref+file://");
    }
    expect([valueIn(next), await read(one)]).toEqual(["tiny2", 200]);
  },
);

long(
  "another value than the new one is given while a rotation is under way: it is told, and nothing goes on",
  async () => {
    await deployed(slots(), "1d");
    const [given, other] = [strong(), strong()];
    const files = [given, other].map((value, index) => {
      const file = join(project.folder, `given-${index}`);
      writeFileSync(file, value);
      return file;
    }) as [string, string];
    // the provider was switched before the command was called
    expect([await read(one), await read(given)]).toEqual([200, 401]);
    const idle = await rotate("--once");
    expect([idle.code, idle.stderr]).toEqual([0, ""]);
    expect(idle.stdout).toMatch(
      /^1 request with an unknown token was refused in the last .+, the last one \d+ s ago from 127\.0\.0\.1\. Where that is the provider, it was switched already: give the value that it has, by --value-from <file>\.$/m,
    );
    const machine = JSON.parse((await rotate("--once", "--json")).stdout);
    expect(machine.refused).toMatchObject([{ kind: "unknown", requests: 1, last: { from: "127.0.0.1" } }]);
    await rotate("--once", "--yes", "--value-from", files[0]);
    const refused = await rotate("--now", "--yes", "--value-from", files[1]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`--value-from ${files[1]}: another value is the new one already`);
    expect((await rotate("--once", "--value-from", `${files[1]}-none`)).stderr).toContain("no such file");
    expect([await read(one), await read(given)]).toEqual([200, 200]);
    expect((await rotate("--now", "--yes", "--value-from", files[0])).code).toBe(0);
    expect([await read(one), await read(given)]).toEqual([401, 200]);
  },
);

test("a value that a person gives is judged as a deploy does it, before and after it is written", async () => {
  await deployed();
  const file = join(project.folder, "given");
  for (const [value, told] of [
    ["short", "the value is too short to be safe"],
    ["a token with blanks in it", "the value has spaces or other characters"],
    ["abababababababababab", "the value is one piece again and again: somebody can guess it"],
    [one, "the value is the present one"],
    ["", "the value is empty"],
  ] as const) {
    writeFileSync(file, value);
    const refused = await rotate("--once", "--yes", "--value-from", file);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(told);
    expect(existsSync(next)).toBe(false);
  }
  expect((await rotate("--once", "--yes", "--value-from", `${file}-none`)).stderr).toContain("no such file");
  writeFileSync(file, h.tokens.approver);
  const admins = await rotate("--once", "--yes", "--value-from", file);
  expect(admins.code).toBe(1);
  expect(admins.stderr).toContain(
    "the token is also the admin token approver of agent.yaml (expected one of its own)\nWhat was there before is there again.",
  );
  expect(existsSync(next)).toBe(false);
  const two = strong();
  writeFileSync(file, `${two}\n`);
  await rotate("--once", "--yes", "--value-from", file);
  expect([valueIn(next), await read(two)]).toEqual([two, 200]);
});

long(
  "at a terminal: asked before it begins, the value is taken without being shown, Ctrl-C loses nothing, and it is shown once",
  async () => {
    await deployed();
    const two = strong();
    const atTerminal = async (answers: readonly [string, string][], ...args: string[]) => {
      const line = [process.execPath, `${process.cwd()}/dist/cli/main.js`, "rotate", "local", "okta-token"];
      const shell = `stty cols 60; exec ${[...line, ...args].join(" ")}`;
      const child = spawn("/usr/bin/script", ["-qec", shell, "/dev/null"], {
        cwd: project.folder,
        env: { PATH: process.env.PATH, SHELL: "/bin/sh", TERM: "xterm", ...project.env },
      });
      const left = [...answers];
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (part: string) => {
        said += part;
        const [next] = left;
        if (!next || !said.includes(next[0])) return;
        left.shift();
        child.stdin.write(next[1]);
      });
      const [code] = await once(child, "close");
      expect(left).toEqual([]);
      return `${said}\nended with ${code}`;
    };
    expect(await atTerminal([["(yes or no)", "no\n"]])).toContain("Nothing was changed.");
    const asked = await atTerminal([["(yes or no)", "\x03"]]);
    expect(asked).toMatch(/Nothing was changed\.\s+ended with 130$/);
    expect(await atTerminal([["it is not shown", "\x03"]], "--yes", "--value-from", "-")).toMatch(
      /ended with 130$/,
    );
    expect(existsSync(next)).toBe(false);
    const begun = await atTerminal(
      [
        ["Put a new value beside the present one? (yes or no)", "yes\n"],
        ["it is not shown", `${two}\n`],
        ["new: not used yet", "\x03"],
      ],
      "--value-from",
      "-",
    );
    expect(begun).toMatch(/ended with 130$/);
    // what is written over fits into the terminal, or it would stay
    const over = begun.split("\r\u001b[K").filter((line) => line.startsWith("new: "));
    expect(over).not.toEqual([]);
    for (const line of over) expect(line.split("\r")[0]?.length).toBeLessThan(60);
    expect(begun).toContain(
      "Ended, and nothing is lost. Whoever calls it again goes on from here: npx hgscim rotate local okta-token",
    );
    expect(begun).not.toContain(two);
    expect(valueIn(next)).toBe(two);
    expect((await atTerminal([], "--once", "--show")).split(two)).toHaveLength(2);
    const elsewhere = await rotate("--show");
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toContain("--show is for a person's eyes (expected a terminal, and no --json)");
  },
);

long("two who begin at once: one new value is there, and both go on with it", async () => {
  await deployed();
  const both = await Promise.all([rotate("--once", "--yes"), rotate("--once", "--yes")]);
  expect(both.map(({ code }) => code)).toEqual([1, 1]);
  const two = valueIn(next);
  // both wait for the provider, and neither begins another rotation when the other one has ended this
  const said = ["", ""];
  const waiting = said.map((_, at) =>
    run(process.execPath, [`${process.cwd()}/dist/cli/main.js`, "rotate", "local", "okta-token", "--yes"], {
      cwd: project.folder,
      env: project.env,
      heard: (text) => {
        said[at] += text;
      },
    }),
  );
  await vi.waitFor(
    () => {
      for (const text of said) expect(text).toContain("nobody has come with it yet");
    },
    { timeout: 60_000 },
  );
  expect([await read(one), await read(two)]).toEqual([200, 200]);
  expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual([0, 0]);
  expect([valueIn(current), valueIn(next)]).toEqual([two, two]);
});

long(
  "somebody comes with the old value between the decision and the withdrawal: it is there again",
  async () => {
    await deployed();
    await rotate("--once", "--yes");
    const two = valueIn(next);
    await read(two);
    const client = adminClient({ url: h.agent.admin, token: h.tokens.deployer, ca: h.ca });
    const rotation = new Rotation({ client, secret: "okta-token", onHost: [], valueFrom: undefined });
    const decided = await rotation.look();
    if (!decided.ok) throw new Error(decided.error.message);
    const [old, fresh] = decided.value.slots;
    if (!old || !fresh) throw new Error("there are no slots");
    expect(await read(one)).toBe(200);
    expect(await rotation.settle(fresh, old, decided.value, false)).toEqual({ kind: "used" });
    expect([valueIn(current), valueIn(next)]).toEqual([one, two]);
    expect((await rotation.look()).ok && [await read(one), await read(two)]).toEqual([200, 200]);
    expect(await rotation.settle(fresh, old, decided.value, true)).toEqual({ kind: "done" });
    expect(valueIn(current)).toBe(two);
  },
);

test("one reference: told at its line with the line to write; two that are not deployed: told to deploy", async () => {
  const single = await rotate();
  expect(single.code).toBe(1);
  let first = "";
  const release = await h.release((draft) => {
    [first] = draft.secrets["okta-token"].refs;
  });
  expect(single.stderr).toMatch(
    /^environments\/local\.yaml:16:3: secret "okta-token" has one reference \(expected two/,
  );
  expect(single.stderr).toContain(`\n  refs: [${first}, ${first}_NEXT]\n`);
  await h.deploy(release);
  names(slots());
  const undeployed = await rotate("--yes");
  expect(undeployed.code).toBe(1);
  expect(undeployed.stderr).toContain(
    `The active release of local has other references than the file: ${first} (expected ${slots().join(", ")})\nDeploy the file first: npx hgscim deploy local`,
  );
  const misspelt = await project.hgscim("rotate", "local", "okta-tokn");
  expect(misspelt.stderr).toBe(
    'local has no secret "okta-tokn" (expected one of okta-token, did you mean "okta-token"?)\n',
  );
  const variable = await project.hgscim("rotate", "local", "SCIM_AUTH_TOKEN");
  expect(variable.stderr).toContain('(expected "okta-token", which the variable SCIM_AUTH_TOKEN names)');
});

long("where it may not write it says what to run on the host, and nothing is written", async () => {
  await deployed();
  // a folder in the way of what is written beside: of the slot that is filled, too, it is noticed before anything is begun
  for (const slot of [next, current]) {
    mkdirSync(`${slot}.hgscim-part`);
    const refused = await rotate("--once", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^\S+\/(next|current) cannot be written: .*\nRun it on the agent's host, as a user who may write there:\n {2}sudo --preserve-env=HGSCIM_TOKEN,HGSCIM_CA,HGSCIM_AGENTS npx hgscim rotate local okta-token --once --yes\n$/,
    );
    expect(existsSync(next)).toBe(false);
    rmdirSync(`${slot}.hgscim-part`);
  }
  const nobody = `127.0.0.1:${await freePort()}`;
  project.edit(localFile, (text) => text.replace(new URL(h.agent.admin).host, nobody));
  const away = await rotate("--yes");
  expect(away.code).toBe(1);
  expect(away.stderr).toMatch(
    /\nNothing was done\. See that the agent runs, and that delivery\.agent is its address .* Then: npx hgscim rotate local okta-token --yes\n$/,
  );
});

test.runIf(isRoot)(
  "on another machine: nothing is written, and the line for the host has all that was asked for",
  async () => {
    await deployed();
    writeFileSync(join(project.folder, "given"), strong());
    // the same paths, and other files
    const elsewhere = (...args: string[]) =>
      run(
        "/usr/bin/unshare",
        [
          ...[
            "-m",
            "/bin/sh",
            "-c",
            'mount -t tmpfs none "$0" && "$@"; code=$?; ls "$0"; exit $code',
            join(h.folder, "slots"),
          ],
          ...[
            process.execPath,
            `${process.cwd()}/dist/cli/main.js`,
            "rotate",
            "local",
            "okta-token",
            ...args,
          ],
        ],
        { cwd: project.folder, env: project.env },
      );
    const refused = await elsewhere("--now", "--yes", "--value-from", "given");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      [
        `ref+file://${current}: what is there for this command is not what the agent reads`,
        "This is another host than the agent's: run it where that is:",
        "  sudo --preserve-env=HGSCIM_TOKEN,HGSCIM_CA,HGSCIM_AGENTS npx hgscim rotate local okta-token --value-from - --now --yes",
        "There it asks for the value, which given of this machine has.\n",
      ].join("\n"),
    );
    // nothing is there
    expect(refused.stdout).toMatch(/\n\n.*\n$/);
    await rotate("--once", "--yes");
    const undone = await elsewhere("--undo", "--yes");
    expect(undone.stderr).toContain("npx hgscim rotate local okta-token --undo --yes\n");
    expect(valueIn(next)).not.toBe(one);
    // a script that takes back waits for nothing
    rmSync(current);
    mkdirSync(current);
    const unread = await rotate("--undo", "--yes");
    expect([unread.code, unread.stderr.split(". ")[0]]).toEqual([1, "Not yet"]);
  },
);

test("a slot of the agent's environment is filled by a person, who is waited for", async () => {
  const variable = `SCIM_TEST_NEXT_${randomBytes(4).toString("hex").toUpperCase()}`;
  const [present = ""] = slots();
  await deployed([present, `ref+env://${variable}`]);
  const asked = await rotate("--once", "--yes");
  expect(asked.code).toBe(1);
  expect(asked.stdout).toContain(
    `Put the new value (openssl rand -hex 32 makes one) into ${variable} of the agent's unit, and restart it.`,
  );
  const two = strong();
  const file = join(project.folder, "given");
  writeFileSync(file, "short");
  expect((await rotate("--yes", "--value-from", file)).stderr).toContain("the value is too short to be safe");
  writeFileSync(file, strong());
  // nobody is at a terminal to be waited for
  const given = await rotate("--yes", "--value-from", file);
  expect(given.stdout).toContain(`Put the value of ${file} into ${variable} of the agent's unit`);
  expect([given.code, given.stderr]).toEqual([
    1,
    `Not yet: that is a person's to do. Call it again then: npx hgscim rotate local okta-token --value-from ${file} --yes\n`,
  ]);
  process.env[variable] = two;
  const before = h.agent.admin;
  await h.restart();
  project.edit(localFile, (text) => text.replace(before, h.agent.admin));
  expect((await rotate("--once")).stderr).toContain("nobody has come with it yet");
  expect((await rotate("--once", "--value-from", file)).stderr).toContain(
    `--value-from ${file}: another value is the new one already, in ref+env://${variable}`,
  );
  const back = await rotate("--undo", "--yes");
  expect(back.code).toBe(1);
  expect(back.stdout).toContain(
    `Put the value of ${present} into ${variable} of the agent's unit, and restart it.`,
  );
  // what a person ends is over: to call it as before would begin another rotation
  expect(back.stderr).toContain("Call it again then: npx hgscim rotate local okta-token --once\n");
  expect(await read(two)).toBe(200);
  const last = await vi.waitFor(
    async () => {
      const finished = await rotate("--once");
      expect(finished.stdout).toContain(`Put the value of ref+env://${variable} into ${present}, too`);
      return finished;
    },
    { timeout: 60_000 },
  );
  expect(last.code).toBe(1);
  writeFileSync(current, two);
  expect((await rotate("--once")).code).toBe(0);
  expect([await read(one), await read(two)]).toEqual([401, 200]);
  delete process.env[variable];
});
