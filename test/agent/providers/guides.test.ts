/** The guides to the identity providers: their examples are environments that an agent accepts, as they stand there. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unsupportedParts } from "../../../agent/releases/unsupported.ts";
import { inventoryOf } from "../../../cli/variables/inventory.ts";
import { markdownText } from "../../../cli/variables/markdown.ts";
import { guides } from "../../../model/documentation/quirk-table.ts";
import { loadEnvironment } from "../../../model/load.ts";
import { checkAgent } from "../../../secrets/agents.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-guide-"));
  mkdirSync(join(folder, "environments"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(guides)("docs/%s.md", async (idp) => {
  const guide = readFileSync(`docs/${idp}.md`, "utf8");
  const [, example = ""] = /^```yaml\n(.*?)^```$/ms.exec(guide) ?? [];
  const file = join(folder, "environments", "production.yaml");
  writeFileSync(file, example);
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));

  const { release } = loaded.value;
  const { agent } = release.settings.delivery;
  const [, bindings] = /^export HGSCIM_AGENTS='(.*?)'/m.exec(guide) ?? [];
  expect(agent && checkAgent(agent, { HGSCIM_AGENTS: bindings })).toEqual({ ok: true, value: null });
  expect(Object.values(release.connectors).map((connector) => connector.idp)).toEqual([idp]);
  expect(unsupportedParts(release)).toEqual([]);
  // what `hgscim variables production --format markdown` prints, but for where each comes from and when it changed
  expect(guide).toContain(markdownText(inventoryOf(release)));
});
