/** Lays the places of an installation onto the host, each as a whole; after each one the manifest says so. */
import { chmodSync, chownSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { PlannedFile, PlannedPlace } from "./files.ts";
import { besideOf, digestOf, type JudgedPlace, type KnownHost } from "./outcomes.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * Makes a folder, or closes one that is open.
 *
 * @throws {Error} the system's
 */
export function applyFolder({ place, outcome }: JudgedPlace<PlannedPlace>, host: KnownHost): void {
  if (outcome === "same") return;
  const path = host.at(place.path);
  if (outcome === "written") {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path, { mode: 0o700 });
  }
  own(place, host);
}

/**
 * Does with a file what its outcome says.
 *
 * @param written told of the text that the file has now, or that lies beside it
 * @throws {Error} the system's
 */
export function applyFile(
  { place, outcome }: JudgedPlace<PlannedFile>,
  host: KnownHost,
  written: (path: string, digest: string) => void,
): void {
  const path = host.at(place.path);
  const { mode } = place;
  const owner = host.ownerOf(place);
  switch (outcome) {
    case "written":
    case "replaced":
      mkdirSync(dirname(path), { recursive: true });
      replaceFile(path, Buffer.from(place.content), { mode, owner });
      break;
    case "to merge":
      replaceFile(besideOf(path), Buffer.from(place.content), { mode, owner });
      break;
    case "merged":
      rmSync(besideOf(path));
      own(place, host);
      break;
    case "closed":
      own(place, host);
      break;
    case "same":
    case "kept":
    case "unreadable":
      break;
  }
  if (!place.isMadeOnce) written(place.path, digestOf(place.content));
}

function own(place: PlannedPlace, host: KnownHost): void {
  const path = host.at(place.path);
  const owner = host.ownerOf(place);
  if (owner) chownSync(path, owner.uid, owner.gid);
  // after its owner, whose change would take the setgid bit away
  chmodSync(path, place.mode);
}
