/** The agent as a process of its own, in a folder with nothing else in it, for the benchmarks. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * Starts it; answers the process and the addresses that it listens on.
 *
 * @param {{ token: string, scimToken: string, scim: object, admin: object }} options the admin token, the provider's
 *   token, and the two listeners as in agent.yaml; `access`, where the access file is; `egress` and more `references` as there, and `secrets`, which
 *   are in its environment; `build`, whose `dist/` it is
 */
export async function startAgent(
  folder,
  {
    token,
    scimToken,
    scim,
    admin,
    access = "access/access.db",
    egress = [],
    references = [],
    secrets = {},
    build = ".",
  },
) {
  mkdirSync(join(folder, "repositories"), { recursive: true });
  const config = join(folder, "agent.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      environment: "local",
      data: "data",
      access,
      repositories: "repositories",
      scim,
      admin,
      references: ["ref+env://SCIM_*", ...references],
      tokens: [{ name: "bench", role: "approver", sha256: createHash("sha256").update(token).digest("hex") }],
      egress,
    }),
  );
  const child = spawn(process.execPath, [join(build, "dist/cli/main.js"), "agent", "--config", config], {
    env: { ...process.env, SCIM_OKTA_TOKEN: scimToken, ...secrets },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ready = once(createInterface(child.stdout), "line");
  const [line] = await Promise.race([ready, once(child, "close")]);
  if (typeof line !== "string") throw new Error("the agent did not start");
  const [, scimAddress, adminAddress] = /: scim (\S+), admin ([^\s,]+)/.exec(line);
  return { process: child, scim: scimAddress, admin: adminAddress };
}
