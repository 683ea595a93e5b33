/** nginx as a proxy before the agent's SCIM listener, one port for each way to set it up. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../free-port.ts";

export interface Nginx {
  /** The origins by the names of the ways. */
  readonly origins: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts one; `$agent` in a way is the agent's listener, `http://host:port`. */
export async function startNginx(agent: string, ways: Readonly<Record<string, string>>): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-nginx-"));
  const ports = new Map<string, number>();
  for (const name of Object.keys(ways)) ports.set(name, await freePort());
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((part) => `${part}_temp_path ${folder}/${part};`)
    .join("\n");
  const servers = Object.entries(ways).map(
    ([name, way]) =>
      `server { listen 127.0.0.1:${ports.get(name)}; location / { ${way.replaceAll("$agent", agent)} } }`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http { access_log off; ${temporary}
${servers.join("\n")}
}
`,
  );
  const nginx = spawn(
    "/usr/sbin/nginx",
    ["-e", join(folder, "error.log"), "-p", folder, "-c", "nginx.conf"],
    {
      stdio: "inherit",
    },
  );
  for (const port of ports.values()) await answers(nginx, port);
  return {
    origins: Object.fromEntries([...ports].map(([name, port]) => [name, `http://127.0.0.1:${port}`])),
    async stop() {
      nginx.kill();
      if (nginx.exitCode === null) await once(nginx, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(nginx: ChildProcess, port: number): Promise<void> {
  while (nginx.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise<boolean>((done) => {
      socket.once("connect", () => done(true)).once("error", () => done(false));
    });
    socket.destroy();
    if (isThere) return;
    await sleep(20);
  }
  throw new Error("nginx does not start");
}
