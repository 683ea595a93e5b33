/** What an installation says: its settings, what the switch means, each place, and what comes next. */
import { dirname } from "node:path";
import { printable } from "../../../report/words.ts";
import { columns } from "../../columns.ts";
import { shellWord } from "../../self.ts";
import type { MissingUser } from "./accounts.ts";
import type { PlannedFile, PlannedPlace } from "./files.ts";
import type { FormerKeys } from "./former-keys.ts";
import type { Beside } from "./found.ts";
import type { Lost } from "./lost.ts";
import { besideOf, type JudgedPlace, type PlaceOutcome } from "./outcomes.ts";
import type { Origins, Settings } from "./settings.ts";
import type { NextStep } from "./steps.ts";

/** All that is known before anything is done. */
export interface Installation {
  readonly settings: Settings;
  readonly origins: Origins;
  /** Whether they are those of the last time. */
  readonly isRemembered: boolean;
  readonly lost: readonly Lost[];
  readonly formerKeys: readonly FormerKeys[];
  readonly beside: readonly Beside[];
  readonly users: readonly MissingUser[];
  readonly folders: readonly JudgedPlace<PlannedPlace>[];
  readonly files: readonly JudgedPlace<PlannedFile>[];
  readonly steps: readonly NextStep[];
}

/** Of a folder with more, nobody reads each name. */
const mostOfFolder = 5;

const line = (words: readonly string[]) => words.map(shellWord).join(" ");
const octal = (mode: number) => mode.toString(8).padStart(4, "0");
const ownerOf = ({ owner, group }: PlannedPlace) => `${owner}:${group}`;

export function settingsText({ settings, origins }: Installation): string {
  const rows = Object.entries(settings).map(([name, value]) => [
    name,
    String(value),
    `(${origins[name as keyof Settings]})`,
  ]);
  return `${columns(rows).join("\n")}\n`;
}

/** What nobody would see otherwise until it is too late; empty where there is nothing. */
export function switchText({ lost, formerKeys, beside }: Installation): string {
  const lines = [
    ...(lost.length > 0 ? ["Of these repositories' own settings, these no longer count:"] : []),
    ...lost.map(({ repository, lost: names, problem }) => `  ${repository}: ${problem ?? names.join(", ")}`),
    ...(formerKeys.length > 0
      ? [
          "Keys in these files no longer let anybody in, but those that the access file or `keys` in [hgscim] has:",
        ]
      : []),
    ...formerKeys.map(({ file, keys }) => `  ${file}: ${keys}`),
    ...(beside.length > 0 ? ["Repositories are served without hgscim by:"] : []),
    ...beside.map(
      ({ at, line: text, root }) => `  ${at}: ${text}${root === undefined ? "" : ` (serves ${root})`}`,
    ),
  ];
  return lines.map((text) => `${printable(text)}\n`).join("");
}

/** Each place, whole, as `--dry-run` prints it. */
export function textOf({ users, folders, files }: Installation): string {
  const made = users.map(({ command }) => `${line(command)}\n`);
  const kept = folders.map(({ place }) => `${place.path}/  ${octal(place.mode)} ${ownerOf(place)}\n`);
  const texts = files.map(
    ({ place, outcome }) =>
      `\n==> ${place.path}  ${octal(place.mode)} ${ownerOf(place)}  (${words[outcome].before})\n${place.shown ?? place.content}`,
  );
  return [...made, ...kept, ...texts].join("");
}

const words: Readonly<Record<PlaceOutcome, { readonly before: string; readonly after: string }>> = {
  written: { before: "would be written", after: "written " },
  replaced: { before: "would be replaced", after: "replaced" },
  closed: { before: "would get this mode and owner", after: "closed  " },
  merged: { before: "is so, and what lay beside it would go", after: "merged  " },
  same: { before: "is so", after: "same    " },
  kept: { before: "would be kept: somebody has changed it", after: "kept    " },
  "to merge": { before: "would be kept, with this beside it to merge", after: "kept    " },
  unreadable: { before: "cannot be read by this user", after: "kept    " },
};

/** What was done, without what was so already; many files of one folder in one line. */
export function doneText({ users, folders, files }: Installation): string {
  const done = [...folders, ...files].filter(({ outcome }) => outcome !== "same");
  const groups: Record<string, string[]> = {};
  for (const { place, outcome } of done) {
    const folder = `${words[outcome].after}  ${dirname(place.path)}/`;
    groups[folder] = [...(groups[folder] ?? []), `${words[outcome].after}  ${place.path}`];
  }
  const lines = Object.entries(groups).flatMap(([folder, names]) =>
    names.length > mostOfFolder ? `${folder}  (${names.length} files)` : names,
  );
  return [...users.map(({ name }) => `made      the user ${name}`), ...lines]
    .map((text) => `${text}\n`)
    .join("");
}

/** What is left for a person to merge; empty where nothing is. */
export function mergeText({ files }: Installation): string {
  return files
    .filter(({ outcome }) => outcome === "to merge")
    .map(
      ({ place: { path } }) =>
        `${path}: it is not as it was written here, so it stays (expected what is in ${besideOf(path)}: merge it and remove that)\n`,
    )
    .join("");
}

export function stepsText(steps: readonly NextStep[]): string {
  const rows = steps.map(({ command, why }) => [`  ${line(command)}`, `# ${why}`]);
  return `Next:\n${columns(rows).join("\n")}\n`;
}

/** All of it for machines. */
export function installationJson(installation: Installation): unknown {
  const { folders, files, ...rest } = installation;
  return {
    ...rest,
    folders: folders.map(({ place, outcome }) => ({ ...place, mode: octal(place.mode), outcome })),
    files: files.map(({ place: { path, mode, owner, group, content, shown }, outcome }) => ({
      path,
      mode: octal(mode),
      owner,
      group,
      outcome,
      text: shown ?? content,
    })),
  };
}
