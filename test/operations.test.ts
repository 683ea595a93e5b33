/** The guide for whoever is called: each alert has its section, and what points there finds it. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { EventKind } from "../model/environment/alert.ts";

/** A kind that is not here does not compile. */
const kinds: Record<EventKind, true> = {
  held: true,
  failed: true,
  "auth-failed": true,
  "cycle-late": true,
  "token-expires": true,
  quarantined: true,
  "break-glass": true,
  deployed: true,
  bounds: true,
  drift: true,
  secrets: true,
  preflight: true,
  clock: true,
  disk: true,
};
const guide = readFileSync("docs/operations.md", "utf8");
const sections = new Map(
  guide
    .split(/^#+ /m)
    .slice(1)
    .map((text) => [text.split("\n")[0] ?? "", text]),
);
/** Where a check that finds no link at all would be one that cannot fail. */
const isPointing = new Set([
  "docs/operations.md",
  "docs/alerts.md",
  "docs/metrics.md",
  "docs/metrics/rules.yaml",
]);
/** As GitHub makes them of headings. */
const anchors = (page: string) =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

test.each(Object.keys(kinds))("%s says how to look, what to do and what not to do", (kind) => {
  const section = sections.get(kind) ?? "";
  for (const part of ["**Do**", "**Do not**"]) expect(section).toContain(part);
  if (kind !== "token-expires") expect(section).toContain("**Look**");
  expect(guide).toContain(`| [\`${kind}\`](#${kind}) |`);
});

test.each([
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? `docs/${name}` : [])),
  "docs/metrics/rules.yaml",
])("what %s points to is there", (from) => {
  const text = readFileSync(from, "utf8");
  const links = [
    ...text.matchAll(/\]\(([a-z-]+\.md)?#([\w-]+)\)/g),
    ...text.matchAll(/docs\/([a-z-]+\.md)#([\w-]+)/g),
  ];
  if (isPointing.has(from)) expect(links.length).toBeGreaterThan(0);
  for (const [link, page, anchor] of links)
    expect(anchors(readFileSync(page ? `docs/${page}` : from, "utf8")), link).toContain(anchor);
});
