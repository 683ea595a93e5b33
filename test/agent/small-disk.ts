/** A file system of its own, which only root may mount, and which a test fills. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly folder: string;
  readonly isMounted: boolean;
  /** Leaves so many bytes of it, and not one where nothing is said. */
  fill(left?: number): void;
  /** Makes room again. */
  clear(): void;
  remove(): void;
}

export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-disk-"));
  const filler = join(folder, "filler");
  let isMounted = true;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=96m", "none", folder], { stdio: "ignore" });
  } catch {
    isMounted = false;
  }
  return {
    folder,
    isMounted,
    fill(left = 0) {
      const descriptor = openSync(filler, "a");
      const free = () => statfsSync(folder).bavail * statfsSync(folder).bsize - left;
      try {
        for (let bytes = free(); bytes > 0; bytes = free())
          writeSync(descriptor, Buffer.alloc(Math.min(bytes, 1 << 20)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(descriptor);
      }
    },
    clear: () => rmSync(filler, { force: true }),
    remove() {
      if (isMounted) execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
