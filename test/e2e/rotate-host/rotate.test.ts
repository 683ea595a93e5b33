/** Admin tokens are replaced by the built command on the host of a real agent: nobody is refused meanwhile. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadEnvironment } from "../../../model/load.ts";
import { until } from "../../agent/alerts/until.ts";
import { send } from "../../agent/request.ts";
import { hgscimAtTerminal } from "../../cli/terminal.ts";
import { isSoak, long } from "../../long.ts";
import { hash, holds, killedWhen, Load, oldToken, providersToken, startWorld, type World } from "./world.ts";

let w: World;
beforeEach(async () => {
  w = await startWorld();
});
afterEach(() => w.stop());

const ca = () => readFileSync(w.files.certificate, "utf8");
const health = async (token: string) =>
  (await send(`${w.admin}/v1/health`, { ca: ca(), headers: { authorization: `Bearer ${token}` } })).status;
const config = () => readFileSync(w.config, "utf8");

describe("an admin token", () => {
  test("is replaced under load, and nobody is refused", async () => {
    const before = config();
    const to = join(w.folder, "ci-token");
    writeFileSync(to, `${oldToken}\n`, { mode: 0o640 });
    let hasSwitched = false;
    const token = () => (hasSwitched ? readFileSync(to, "utf8").trim() : oldToken);
    const load = new Load(() => ({ url: `${w.admin}/v1/health`, token: token(), ca: [ca()] }));
    const args = ["--admin-token", "ci", "--to", to, "--quiet", "3s"];
    for (const more of [[], ["--once"], ["--now"]]) {
      const asked = await w.rotate(...args, ...more);
      expect(asked).toMatchObject({ code: 0, stderr: "" });
      expect(asked.stdout).toMatch(
        /The token of ci: last used \d+ s ago from 127\.0\.0\.1\.\nNothing is under way/,
      );
      expect(config()).toBe(before);
    }

    const begun = await w.rotate(...args, "--once", "--yes");
    expect(begun).toMatchObject({ code: 1 });
    expect(begun.stdout).toMatch(/old one last used \d+ s ago from 127\.0\.0\.1; new one not used since/);
    expect(begun.stderr).toContain("not yet: nobody has come with the new token");
    const next = readFileSync(to, "utf8").trim();
    expect(next).not.toBe(oldToken);
    expect(statSync(to).mode & 0o777).toBe(0o640);
    const both = before.replace(`"${hash(oldToken)}"`, `["${hash(oldToken)}", "${hash(next)}"]`);
    expect(config()).toBe(both);
    expect(statSync(w.config).mode & 0o777).toBe(0o640);
    expect([await health(oldToken), await health(next)]).toEqual([200, 200]);

    hasSwitched = true;
    const done = await w.rotate(...args, "--json");
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ name: "ci", state: "done", reason: null });
    expect(config()).toBe(before.replace(hash(oldToken), hash(next)));
    expect([await health(oldToken), await health(next)]).toEqual([401, 200]);
    expect(await load.end()).toEqual([]);
    expect(load.answers.length).toBeGreaterThan(50);
    expect(existsSync(`${to}.hgscim-before`)).toBe(false);
    expect(await w.rotate(...args, "--once")).toMatchObject({ code: 0 });
    expect(config()).toBe(before.replace(hash(oldToken), hash(next)));
    const { text } = await send(`${w.admin}/v1/audit?last=5`, {
      ca: ca(),
      headers: { authorization: `Bearer ${next}` },
    });
    expect(JSON.parse(text).rows.map(({ operation }: { operation: string }) => operation)).toEqual([
      "admin-token.replace",
      "admin-token.replace",
    ]);
    const everything = [begun, done].map(({ stdout, stderr }) => stdout + stderr).join("") + w.logs() + text;
    expect(everything).not.toContain(next);
  });

  long("is given by a file, and withdrawn at once where that is said", async () => {
    const given = join(w.folder, "given");
    const next = "4d1f0c9be27a83655e0b7c1d9f3a2e64";
    writeFileSync(given, `${next}\n`);
    const args = ["--admin-token", "ci", "--value-from", given];
    expect(await w.rotate(...args, "--once", "--yes")).toMatchObject({ code: 1 });
    expect([await health(oldToken), await health(next)]).toEqual([200, 200]);
    writeFileSync(given, "another-token-than-the-first-1c9");
    expect((await w.rotate(...args, "--once")).stderr).toContain("is being replaced by another one than");
    const lost = join(w.folder, "lost");
    expect((await w.rotate("--admin-token", "ci", "--to", lost, "--once")).stderr).toContain(
      `${lost} does not hold the new token`,
    );
    expect(await w.rotate("--admin-token", "ci", "--to", lost, "--again", "--once")).toMatchObject({
      code: 1,
    });
    const another = readFileSync(lost, "utf8").trim();
    expect([await health(oldToken), await health(next), await health(another)]).toEqual([200, 401, 200]);
    expect(await w.rotate("--admin-token", "ci", "--now")).toMatchObject({ code: 2 });
    const done = await w.rotate("--admin-token", "ci", "--now", "--yes");
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect([await health(oldToken), await health(another)]).toEqual([401, 200]);
    // one that leaked, in one call
    expect(await w.rotate("--admin-token", "ci", "--to", lost, "--now", "--yes")).toMatchObject({ code: 0 });
    expect([await health(another), await health(readFileSync(lost, "utf8").trim())]).toEqual([401, 200]);
  });

  test("is taken back where that is said, and its file holds the old one again", async () => {
    const before = config();
    const [to, fresh] = [join(w.folder, "ci-token"), join(w.folder, "fresh")];
    writeFileSync(to, `${oldToken}\n`, { mode: 0o640 });
    const none = await w.rotate("--admin-token", "ci", "--undo");
    expect(none).toMatchObject({ code: 0, stdout: "There is no new token to take back.\n" });
    for (const at of [to, fresh]) {
      const args = ["--admin-token", "ci", "--to", at];
      await w.rotate(...args, "--once", "--yes");
      const next = readFileSync(at, "utf8").trim();
      expect(await health(next)).toBe(200);
      expect(await w.rotate(...args, "--undo")).toMatchObject({ code: 2 });
      expect(await w.rotate(...args, "--undo", "--yes")).toMatchObject({ code: 0, stderr: "" });
      expect([await health(oldToken), await health(next)]).toEqual([200, 401]);
      expect(config()).toBe(before);
    }
    expect(readFileSync(to, "utf8")).toBe(`${oldToken}\n`);
    expect(readdirSync(w.folder).filter((name) => /ci-token|fresh|hgscim-/.test(name))).toEqual(["ci-token"]);
  });

  test("is asked for at a terminal before anything is written", async () => {
    const before = config();
    const said = await hgscimAtTerminal(
      ["rotate", "--config", w.config, "--admin-token", "ci", "--to", join(w.folder, "ci-token")],
      { cwd: w.folder },
      "no",
    );
    expect(said).toMatch(/Put a new token beside the present one\?[\s\S]*Nothing was changed/);
    expect(config()).toBe(before);
  });

  test("is shown once at a terminal, and nowhere else", async () => {
    const shown = await hgscimAtTerminal(
      ["rotate", "--config", w.config, "--admin-token", "ci", "--show", "--once", "--yes"],
      { cwd: w.folder },
    );
    const [next = ""] = /^ {2}[0-9a-f]{64}(?=\r?$)/m.exec(shown) ?? [];
    expect([await health(oldToken), await health(next.trim())]).toEqual([200, 200]);
    expect(w.logs()).not.toContain(next.trim());
  });

  test("that is written by hand is taken at SIGHUP, and refused where the file is broken", async () => {
    const next = "another-token-that-is-written";
    writeFileSync(
      w.config,
      config().replace(`"${hash(oldToken)}"`, `["${hash(oldToken)}", "${hash(next)}"]`),
    );
    w.hangUp();
    await until(async () => (await health(next)) === 200);
    writeFileSync(w.config, `${config()}  - { name: no }\n`);
    const refused = await w.rotate("--admin-token", "ci", "--now");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/agent\.yaml:\d+:\d+: missing "role"/);
    w.hangUp();
    await until(() => /agent\.yaml:\d+:\d+: missing/.test(w.logs()));
    expect(await health(next)).toBe(200);
  });

  test("that is a connector's is not taken: the old one alone goes on", async () => {
    const loaded = await loadEnvironment("environments/local.yaml");
    const release = loaded.ok && loaded.value.release;
    const headers = { authorization: `Bearer ${oldToken}`, "if-none-match": "*" };
    const body = JSON.stringify({ release, origin: { sources: {} } });
    expect((await send(`${w.admin}/v1/release`, { method: "PUT", ca: ca(), headers, body })).status).toBe(
      200,
    );
    const [before, given, to] = [config(), join(w.folder, "given"), join(w.folder, "ci-token")];
    writeFileSync(given, providersToken);
    const refused = await w.rotate("--admin-token", "ci", "--value-from", given, "--to", to, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("is also a token of connector okta (expected one of its own)");
    expect(refused.stderr).toContain("agent.yaml has the old hash alone again.");
    expect(config()).toBe(before);
    expect([existsSync(to), existsSync(`${to}.hgscim-new`)]).toEqual([false, false]);
    expect(await health(oldToken)).toBe(200);
  });

  const places: [string, (to: string) => boolean][] = [
    ["before its file has it", () => holds(w.config, `["${hash(oldToken)}"`)],
    ["before agent.yaml has it", (to) => existsSync(`${to}.hgscim-new`)],
    ["before it waits", (to) => existsSync(to)],
  ];
  test.each(isSoak ? places : places.slice(0, 1))("goes on where kill -9 left it: %s", async (_, isSo) => {
    const to = join(w.folder, "ci-token");
    const args = ["--admin-token", "ci", "--to", to];
    await killedWhen(w.command(...args, "--yes"), () => isSo(to));
    expect(await health(oldToken)).toBe(200);
    expect(await w.rotate(...args, "--once", "--yes")).toMatchObject({ code: 1 });
    const next = readFileSync(to, "utf8").trim();
    expect(await health(next)).toBe(200);
    await killedWhen(w.command(...args, "--now", "--yes"), () => !holds(w.config, hash(oldToken)));
    await until(async () => (await health(oldToken)) === 401);
    expect(await health(next)).toBe(200);
    expect(holds(w.config, hash(next))).toBe(true);
    expect(existsSync(`${to}.hgscim-new`)).toBe(false);
  });
});
