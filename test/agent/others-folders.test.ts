/** Folders and files of root, of a volume or of the web server's group: the agent starts with them, or says why not before it changes any. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startAgent } from "../../agent/agent.ts";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { openStore } from "../../agent/store/sqlite.ts";
import { asRoot, becomeRoot, becomeUser, isRoot } from "./as-user.ts";

const webServer = 33;
const modeOf = (file: string) => {
  const { mode, uid, gid } = statSync(file);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
};
const off = { strictModes: "off" } as const;

describe.runIf(isRoot)("an agent that is not root", () => {
  let root: string;
  beforeEach(() => {
    becomeUser([]);
    root = mkdtempSync(join(tmpdir(), "hgscim-others-"));
  });
  afterEach(() => {
    becomeRoot();
    rmSync(root, { recursive: true });
  });

  const folderOf = (uid: number, gid: number, mode: number, name = "volume") =>
    asRoot(() => {
      const folder = join(root, name);
      mkdirSync(folder);
      chownSync(folder, uid, gid);
      chmodSync(folder, mode);
      return folder;
    });
  const opens = async (file: string, options = {}) => (await AccessFile.open(file, "local", options)).close();

  test.each([
    [0o2755, "2755"],
    [0o2751, "2751"],
    [0o2750, "2750"],
  ])("keeps the setgid bit of a folder of the web server's group: %i", async (mode, after) => {
    const folder = folderOf(1000, webServer, mode);
    const file = join(folder, "access.db");
    await opens(file);
    await opens(file);
    expect([folder, file].map(modeOf)).toEqual([`${after} 1000:33`, "640 1000:33"]);
  });

  test("makes the folder with the setgid bit of the one above, whatever the umask is", async () => {
    const above = folderOf(1000, webServer, 0o2750);
    const before = process.umask(0o077);
    try {
      await opens(join(above, "access", "access.db"));
    } finally {
      process.umask(before);
    }
    expect(modeOf(join(above, "access"))).toBe("2750 1000:33");
    expect(modeOf(join(above, "access", "access.db"))).toBe("640 1000:33");
  });

  test("closes a folder of a group that it is in, with its setgid bit", async () => {
    const folder = folderOf(1000, 1000, 0o2755);
    await opens(join(folder, "access.db"));
    expect(modeOf(folder)).toBe("2750 1000:1000");
  });

  test.each([
    [0, 1000, 0o2775, "2775 0:1000"],
    [0, 0, 0o777, "777 0:0"],
    // what the volume's group was given again, in folders that the agent has made
    [1000, 1000, 0o2770, "2750 1000:1000"],
  ])(
    "strictModes off: the access file lies in a folder of %i:%i with mode %i",
    async (uid, gid, mode, after) => {
      const folder = folderOf(uid, gid, mode);
      const file = join(folder, "access.db");
      await expect(opens(file)).rejects.toThrow("others can write to the folder of the access file");
      expect(statSync(folder).mode & 0o7777).toBe(mode);
      await opens(file, off);
      await opens(file, off);
      expect([folder, file].map(modeOf)).toEqual([after, "640 1000:1000"]);
    },
  );

  test("nor off does it go by a folder that it cannot close, and the web server can write to", async () => {
    const folder = folderOf(1000, webServer, 0o2770);
    await expect(opens(join(folder, "access.db"), off)).rejects.toThrow("others can write to the folder");
    expect(modeOf(folder)).toBe("2770 1000:33");
  });

  test("strictModes off: a whole agent on a volume, its files given to the volume's group at the next start", async () => {
    const volume = folderOf(0, 1000, 0o2775);
    const config = {
      environment: "local",
      data: volume,
      access: join(volume, "access.db"),
      socket: join(volume, "own", "agent.sock"),
      repositories: root,
      scim: { listen: "127.0.0.1:0", tls: off.strictModes },
      admin: { listen: "127.0.0.1:0", tls: off.strictModes },
      references: [],
      tokens: [],
      ...off,
    };
    const start = async () => (await startAgent(config, pino({ enabled: false }))).stop();
    await start();
    for (const name of ["store.db", "access.db"]) chmodSync(join(volume, name), 0o660);
    await start();
    expect(["", "store.db", "access.db"].map((name) => modeOf(join(volume, name)))).toEqual([
      "2775 0:1000",
      "600 1000:1000",
      "640 1000:1000",
    ]);
    // the container's user is another one from now on
    for (const name of ["store.db", "access.db"])
      asRoot(() => {
        chownSync(join(volume, name), 4711, 1000);
        chmodSync(join(volume, name), 0o660);
      });
    await start();
    expect(modeOf(join(volume, "store.db"))).toBe("660 4711:1000");
    expect(modeOf(join(volume, "access.db"))).toBe("640 1000:1000");
  });

  test.each(["store.db", "agent.lock", "store.db-wal"])(
    "says whose %s is, and changes nothing",
    async (name) => {
      const data = join(root, "data");
      await (await openStore(data, "local")).close();
      const file = join(data, name);
      asRoot(() => {
        copyFileSync(join(data, "store.db"), `${file}.back`);
        renameSync(`${file}.back`, file);
        chmodSync(file, 0o644);
      });
      for (const options of [{}, off])
        await expect(openStore(data, "local", options)).rejects.toThrow(
          `${file} belongs to another user (uid 0; expected the agent's own user: chown)`,
        );
      expect(modeOf(file)).toBe("644 0:0");
    },
  );

  test("says whose the data folder is, also where it may look into it", async () => {
    const data = folderOf(0, 0, 0o755);
    for (const options of [{}, off])
      await expect(openStore(data, "local", options)).rejects.toThrow(
        `${data} belongs to another user (uid 0; expected the agent's own user: chown)`,
      );
    expect(modeOf(data)).toBe("755 0:0");
  });
});
