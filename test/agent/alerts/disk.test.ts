/** A full disk: nothing of alerts is stored, and that it is full is told all the same. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startHarness } from "../harness.ts";
import { smallDisk } from "../small-disk.ts";
import { alerting, Receiver } from "./receiver.ts";
import { rowsOf } from "./store.ts";
import { until } from "./until.ts";

const disk = smallDisk();
afterAll(() => disk.remove());

test.runIf(disk.isMounted)(
  "a full disk is told from memory, and what waits goes on when there is room",
  async () => {
    const receiver = new Receiver();
    await receiver.start();
    const folder = join(disk.folder, "agent");
    const h = await startHarness(["core/api"], {
      ...{ data: join(folder, "data"), access: join(folder, "access/access.db") },
      egress: [receiver.host],
    });
    try {
      await h.deploy(await h.release(alerting(receiver, { on: ["disk", "auth-failed"] })));
      receiver.answer = (response) => void response.writeHead(500).end();
      disk.fill();
      // it is asked again by the same id, from memory
      await until(() => receiver.of("disk").length === 1);
      receiver.answer = undefined;
      await until(() => receiver.of("disk").length === 2);
      expect(new Set(receiver.of("disk").map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      await h.scim("GET", "/Users", undefined, "a-guess-of-somebody");
      await until(() => receiver.of("auth-failed").length === 1);
      expect(rowsOf(h, "SELECT kind FROM events")).toEqual([{ kind: "deployed" }]);
      expect(rowsOf(h, "SELECT 1 FROM deliveries")).toEqual([]);
      disk.clear();
      for (let i = 0; i < 10; i++) await h.scim("GET", "/Users", undefined, `another-guess-${i}`);
      await until(() => rowsOf(h, "SELECT 1 FROM deliveries WHERE state = 'delivered'").length === 1);
      expect(receiver.of("auth-failed").length).toBe(2);
    } finally {
      disk.clear();
      await h.stop();
      rmSync(folder, { recursive: true });
      await receiver.stop();
    }
  },
);
