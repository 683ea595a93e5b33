import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { environmentText } from "../../../cli/rollback/text.ts";
import { digestsOf } from "../../../model/digest.ts";
import { loadEnvironment } from "../../../model/load.ts";
import type { Release } from "../../../model/release.ts";
import { permissionSet } from "../../policy/permission-set.ts";

test("whatever a release says, its text reads back as the very same release", async () => {
  const loaded = await loadEnvironment("environments/production.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { release } = loaded.value;
  const folder = mkdtempSync(join(tmpdir(), "hgscim-text-"));
  const file = join(folder, "production.yaml");
  const piece = fc.oneof(
    fc.constantFrom(
      "true",
      "null",
      "1e5",
      "~",
      "&a",
      "*a",
      "!!str",
      "%",
      "@",
      "`",
      "- x",
      "# x",
      ": ",
      "'",
      '"',
    ),
    fc.constantFrom(
      "\n",
      "\r\n",
      "\t",
      " ",
      "\u0000",
      "\u0085",
      "\u2028",
      "\uFEFF",
      "<<",
      "---\n",
      "\n...\n",
    ),
    fc.string({ unit: "binary" }),
  );
  // no file has other control characters in a value
  const text = fc
    .array(piece, { minLength: 1, maxLength: 6 })
    .map((pieces) => pieces.join("").replace(/[^\n\t\P{Cc}]/gu, ""));
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(text.filter(Boolean), { minLength: 40, maxLength: 40 }), async (texts) => {
        const [value = "", ...descriptions] = texts;
        const sets = descriptions.map((description, index) => [
          `odd-${index}`,
          permissionSet({ repositories: [`odd-${index}`], read: ["okta/engineering"], description }),
        ]);
        const odd: Release = {
          ...release,
          variables: { ...release.variables, SCIM_MAIL_DOMAIN: { type: "string", value } },
          permissions: Object.fromEntries(sets),
        };
        const { release: digest, policy: policyDigest, bindings: bindingsDigest } = digestsOf(odd);
        const stored = {
          release: odd,
          digest,
          policyDigest,
          bindingsDigest,
          activatedAt: 0,
          origin: { sources: {} },
        };
        writeFileSync(file, environmentText(stored));
        const again = await loadEnvironment(file);
        if (!again.ok) throw new Error(JSON.stringify(again.error));
        expect(digestsOf(again.value.release).release).toBe(digest);
      }),
      { numRuns: 20 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a quoted text of several lines with document marks in it reads back as it was", async () => {
  const loaded = await loadEnvironment("environments/production.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const description = ` ${"a".repeat(60)}---\n \n...\n`;
  const odd = permissionSet({ repositories: ["odd"], read: ["okta/engineering"], description });
  const release: Release = { ...loaded.value.release, permissions: { odd } };
  const folder = mkdtempSync(join(tmpdir(), "hgscim-text-"));
  const file = join(folder, "production.yaml");
  const target = { release, digest: digestsOf(release).release, activatedAt: 0, origin: { sources: {} } };
  writeFileSync(file, environmentText(target as Parameters<typeof environmentText>[0]));
  const again = await loadEnvironment(file);
  rmSync(folder, { recursive: true });
  expect(again.ok && again.value.release.permissions.odd?.description).toBe(description);
});
