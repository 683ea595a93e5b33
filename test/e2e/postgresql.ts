/** A PostgreSQL of its own, on a free port of loopback; `test/tools.ts` installs it. */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";

export interface Postgresql {
  /** As Terraform takes it: PG_CONN_STR. */
  readonly address: string;
  /** What a query answers, a line for each row. */
  query(sql: string): string;
  stop(): void;
}

const versions = "/usr/lib/postgresql";

/** Starts one with an empty database. */
export async function startPostgresql(): Promise<Postgresql> {
  const [version] = existsSync(versions) ? readdirSync(versions).sort().reverse() : [];
  if (version === undefined) throw new Error("PostgreSQL is missing: apt-get install postgresql");
  const folder = mkdtempSync(join(tmpdir(), "hgscim-postgresql-"));
  // it refuses to run as root
  const isRoot = process.getuid?.() === 0;
  const own = (id: string) => Number(execFileSync("id", [id, "postgres"], { encoding: "utf8" }));
  if (isRoot) chownSync(folder, own("-u"), own("-g"));
  const run = (program: string, ...args: string[]): string => {
    const command = [join(versions, version, "bin", program), ...args];
    const [first = "", ...rest] = isRoot ? ["runuser", "-u", "postgres", "--", ...command] : command;
    return execFileSync(first, rest, { cwd: "/", encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  };
  const data = join(folder, "data");
  const port = await freePort();
  run("initdb", "-D", data, "-U", "hgscim", "--auth=trust", "--no-sync");
  const options = `-c listen_addresses=127.0.0.1 -p ${port} -k ${folder} -c fsync=off`;
  // its output must not hold ours open
  run("pg_ctl", "-D", data, "-o", options, "-l", join(folder, "log"), "-w", "start");
  const address = `postgres://hgscim@127.0.0.1:${port}/postgres?sslmode=disable`;
  return {
    address,
    query: (sql) => run("psql", "-At", address, "-c", sql),
    stop: () => {
      run("pg_ctl", "-D", data, "-m", "immediate", "stop");
      rmSync(folder, { recursive: true });
    },
  };
}
