/** The line of an approval: what is written is read back, and what is not whole is told. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Approval, approvalLine, parseApproval } from "../../model/approval.ts";

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const digest = hex(64).map((digits) => `sha256:${digits}`);
const approval: fc.Arbitrary<Approval> = fc.record({
  environment: fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/),
  release: digest,
  base: fc.option(digest),
  lineage: hex(32),
  effect: digest,
});

test("a line is read as what it was made of, and means nothing to a shell, in a URL or in Markdown", () => {
  fc.assert(
    fc.property(approval, (approval) => {
      const line = approvalLine(approval);
      expect(line).toMatch(/^[a-z0-9:-]+$/);
      expect(line.length).toBeLessThan(300);
      expect(parseApproval(line)).toEqual({ ok: true, value: approval });
      expect(parseApproval(` ${line}\n`)).toEqual({ ok: true, value: approval });
    }),
  );
});

test("a line that is cut off anywhere, or continued, is none", () => {
  fc.assert(
    fc.property(approval, fc.nat(), fc.constantFrom("0", ":", ":x", "`", " x"), (approval, at, more) => {
      const line = approvalLine(approval);
      const cut = parseApproval(line.slice(0, at % line.length));
      expect(cut.ok).toBe(false);
      expect(parseApproval(line + more).ok).toBe(false);
    }),
  );
});

test("what is wrong is said, with what was expected, and without the text itself", () => {
  const line = approvalLine({
    environment: "local",
    release: `sha256:${"a".repeat(64)}`,
    base: null,
    lineage: "b".repeat(32),
    effect: `sha256:${"c".repeat(64)}`,
  });
  const said = (text: string) => {
    const parsed = parseApproval(text);
    return parsed.ok ? "" : parsed.error;
  };
  expect(said("")).toMatch(/^it does not begin with hgscim1 \(expected what a review printed, hgscim1:/);
  expect(said(line.replace("hgscim1", "hgscim2"))).toBe(
    "it is of another version of hgscim: it begins with hgscim2 (expected hgscim1)",
  );
  expect(said(line.replace(":local:", ":Lo\u001b[31mcal:"))).toMatch(/^it names no environment/);
  expect(said(line.replace(":none:", ":nothing:"))).toMatch(
    /^its base has other characters \(expected 64 hexadecimal digits, or none/,
  );
  expect(said(line.slice(0, -1))).toBe(
    "its effect has 63 digits (expected 64 hexadecimal digits: was a part of the line cut off?)",
  );
  expect(said(line.toUpperCase().replace("HGSCIM1:LOCAL", "hgscim1:local"))).toMatch(
    /^its release has other/,
  );
  for (const text of ["evil\u001b[31m", `${line}:evil\u001b[31m`]) expect(said(text)).not.toContain("evil");
});
