/** An agent is started anew under load. A service manager that holds its sockets lets no request fail; without one, a provider's repeats do. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adminClient } from "../../api/client.ts";
import { loadEnvironment } from "../../model/load.ts";
import { shownBy } from "../agent/renewals/shown-by.ts";
import { send } from "../agent/request.ts";
import { hgscim, run } from "../cli/hgscim.ts";
import { freePort } from "../free-port.ts";

const token = "a-token-for-the-connector";
const admin = "a-token-for-whoever-deploys";
let folder: string;
let ports: number[];
let manager: ChildProcess | undefined;
let started: AsyncIterator<string>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-restart-"));
  mkdirSync(join(folder, "repositories/core/api/.hg"), { recursive: true });
  ports = [await freePort(), await freePort()];
  const config = {
    ...{ environment: "local", data: "data", access: "access/access.db", repositories: "repositories" },
    ...{ scim: { listen: `127.0.0.1:${ports[0]}` }, admin: { listen: `127.0.0.1:${ports[1]}` } },
    references: ["ref+env://SCIM_*"],
    tokens: [{ name: "ci", role: "deployer", sha256: createHash("sha256").update(admin).digest("hex") }],
  };
  writeFileSync(join(folder, "agent.yaml"), JSON.stringify(config));
});
afterEach(async () => {
  if (manager?.exitCode === null && manager.signalCode === null) {
    const ended = once(manager, "close");
    manager.kill("SIGTERM");
    await ended;
  }
  manager = undefined;
  rmSync(folder, { recursive: true });
});

const agentCommand = () => [
  process.execPath,
  resolve("dist/cli/main.js"),
  ...["agent", "--config", join(folder, "agent.yaml")],
];

async function begin(program: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, SCIM_OKTA_TOKEN: token },
    stdio: ["ignore", "pipe", "ignore"],
  });
  manager = child;
  started = createInterface(child.stdout)[Symbol.asyncIterator]();
  await started.next();
  return child;
}

const ca = () => readFileSync(join(folder, "data/tls/certificate.pem"), "utf8");

async function deploy(): Promise<void> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const client = adminClient({ url: `https://127.0.0.1:${ports[1]}`, token: admin, ca: ca() });
  expect(await client.activate({ release: loaded.value.release, origin: {} }, null)).toMatchObject({
    ok: true,
  });
}

const post = (name: string) =>
  send(`https://127.0.0.1:${ports[0]}/scim/okta/v2/Users`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
    body: JSON.stringify({ userName: `${name}@example.com`, externalId: name, active: true }),
    ca: ca(),
  }).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );

type Answer = number | string;

/** Four write at once, each one after the other, until it is told to end; answers what came of each, by the name. */
function write(): { end(): Promise<Map<string, Answer>> } {
  let isOver = false;
  const answers = new Map<string, Answer>();
  const lane = async (number: number) => {
    for (let count = 0; !isOver; count++) {
      const answer = await post(`p${number}-${count}`);
      answers.set(`p${number}-${count}`, answer);
      // a provider that reaches nobody does not come again at once
      if (answer !== 201) await sleep(200);
    }
  };
  const lanes = Promise.all([0, 1, 2, 3].map(lane));
  return {
    end: async () => {
      isOver = true;
      await lanes;
      return answers;
    },
  };
}

test("with sockets that a service manager holds, no request fails, while the certificate is replaced either", async () => {
  const holder = await begin("python3", "test/e2e/socket-holder.py", ...ports.map(String), ...agentCommand());
  await deploy();
  const replace = (...args: string[]) =>
    hgscim(["rotate", "--config", join(folder, "agent.yaml"), "--certificate", "scim", "--yes", ...args], {
      cwd: folder,
    });
  const first = await shownBy(`https://127.0.0.1:${ports[0]}`);
  const load = write();
  expect(await replace("--self-signed")).toMatchObject({ code: 1 });
  for (const steps of [["--now"], ["--self-signed"], ["--now"]]) {
    // another agent takes over in the middle of it
    const replaced = replace(...steps);
    holder.kill("SIGUSR1");
    await started.next();
    expect(await replaced).toMatchObject({ code: steps[0] === "--now" ? 0 : 1 });
    for (const port of ports) expect(await shownBy(`https://127.0.0.1:${port}`)).not.toBe(first);
  }
  const answers = await load.end();
  expect(answers.size).toBeGreaterThan(4);
  expect([...answers.values()].filter((answer) => answer !== 201)).toEqual([]);
});

test("without, whoever comes in between is refused, and a repeat is done once", async () => {
  const [program = "", ...args] = agentCommand();
  const before = await begin(program, ...args);
  await deploy();
  const load = write();
  before.kill("SIGTERM");
  await once(before, "close");
  expect(await post("while-it-is-stopped")).toBe("ECONNREFUSED");
  await begin(program, ...args);
  const answers = await load.end();
  for (const [name, answer] of answers) {
    // whoever was connected and not let in yet sees a reset; what was answered is stored, and what was not is done now, if it was not
    expect([201, "ECONNREFUSED", "ECONNRESET"]).toContain(answer);
    const repeated = await post(name);
    expect(answer === 201 ? [409] : [201, 409]).toContain(repeated);
  }
});

test("a socket of another address than agent.yaml says is not listened on", async () => {
  const program = `import os, socket, sys
one = socket.socket(); one.bind(("127.0.0.1", 0)); one.listen(); high = os.dup2(one.fileno(), 50); os.dup2(high, 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="scim")
os.execv(sys.argv[1], sys.argv[1:])`;
  const finished = await run("python3", ["-c", program, ...agentCommand()], { cwd: folder });
  expect(finished).toMatchObject({ code: 1, stdout: "" });
  expect(finished.stderr).toContain("hgscim agent: the socket that was handed over listens on 127.0.0.1:");
  expect(finished.stderr).toContain(`(expected 127.0.0.1:${ports[0]}, as agent.yaml says)`);
});
