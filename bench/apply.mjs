/** Plan and apply of 2,000 permission sets to a real agent, beside one terraform_data each. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startAgent } from "./agent.mjs";
import { makeEnvironment } from "./environment.mjs";
import { time } from "./measure.mjs";

const sets = 2_000;
// only what this run starts talks on them
const ports = { admin: 17443, scim: 17480 };

export async function run() {
  const token = randomBytes(24).toString("hex");
  const folder = makeEnvironment(sets, (text) =>
    text
      .replace("127.0.0.1:7443", `127.0.0.1:${ports.admin}`)
      .replace("127.0.0.1:7480", `127.0.0.1:${ports.scim}`),
  );
  const agent = await startAgent(folder, {
    token,
    scimToken: randomBytes(24).toString("hex"),
    scim: { listen: `127.0.0.1:${ports.scim}` },
    admin: { listen: `127.0.0.1:${ports.admin}` },
  });
  const ours = await time({
    command: [process.execPath, resolve("dist/cli/main.js"), "deploy", "local", "--yes"],
    cwd: folder,
    env: { HGSCIM_TOKEN: token, HGSCIM_CA: readFileSync(join(folder, "data/tls/certificate.pem"), "utf8") },
  });
  agent.process.kill();
  await once(agent.process, "close");
  const theirs = await oneResourceEach();
  rmSync(folder, { recursive: true });
  return [
    {
      what: `plan and apply of ${sets} permission sets`,
      ours: `${ours.toFixed(2)} s`,
      beside: `one terraform_data each: ${theirs.toFixed(1)} s`,
      ratio: `${(theirs / ours).toFixed(0)} times faster`,
      goal: "at least 50 times faster",
    },
  ];
}

async function oneResourceEach() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-bench-data-"));
  const entry = (i) => ({
    input: JSON.stringify({ repositories: [`team-${i}/**`], read: ["engineering"], write: ["core-team"] }),
  });
  const resources = Object.fromEntries(Array.from({ length: sets }, (_, i) => [`set-${i}`, entry(i)]));
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ resource: { terraform_data: resources } }));
  const terraform = (...args) => ({
    command: ["terraform", ...args],
    cwd: folder,
    env: { CHECKPOINT_DISABLE: "1" },
  });
  await time(terraform("init", "-input=false"));
  const seconds = await time(terraform("apply", "-auto-approve", "-input=false", "-no-color"));
  rmSync(folder, { recursive: true });
  return seconds;
}
