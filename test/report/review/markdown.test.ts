/** The comment: what others wrote is text in it, and it never becomes longer than a comment may be. */
import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import { markerOf, mostBytes, reviewMarkdown } from "../../../report/review/markdown.ts";
import { hostile, reportOf } from "./samples.ts";

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

/** Every node of a comment, as GitHub's dialect reads it. */
function nodesOf(markdown: string): Node[] {
  const tree: Node = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const within = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(within)];
  return within(tree);
}

const structure = (nodes: readonly Node[]) =>
  nodes
    .filter(({ type }) => !["text", "inlineCode", "link"].includes(type))
    .map(({ type, value = "" }) => `${type} ${value}`.trim());

/** One text after the other, each its own. */
const inTurn = (texts: readonly string[]) => {
  let next = 0;
  return () => `${texts[next++ % texts.length]}`;
};
let plain = 0;
const expected = structure(nodesOf(reviewMarkdown(reportOf(() => `plain${plain++}`))));

/** Of what a comment is made, whatever stands in it: the same, and text that means nothing. */
function expectHarmless(markdown: string): void {
  const nodes = nodesOf(markdown);
  expect(structure(nodes)).toEqual(expected);
  const addresses = nodes.flatMap(({ url }) => url ?? []);
  expect(new Set(addresses)).toEqual(new Set(["https://hg.example.com/a%20b"]));
  for (const { type, value = "" } of nodes)
    if (type === "text") {
      expect(value).toMatch(/^[A-Za-z0-9 \n.,:;()'’%–→…|∅-]*$/);
      // of GitHub's issues, and of a tracker that is linked beside it
      expect(value).not.toMatch(/\b[A-Za-z0-9]*[A-Za-z]-\d/);
    }
  expect(markdown.split("\n").filter((line) => line.startsWith("<!--"))).toEqual([markerOf("production")]);
  expect(markdown).not.toMatch(/^\s*\//m);
}

test("hostile text in every field is code, and the comment is made of the same parts", () => {
  // each in every field, beside others
  for (const [index] of hostile.entries())
    expectHarmless(reviewMarkdown(reportOf(inTurn([...hostile.slice(index), ...hostile.slice(0, index)]))));
});

test("so is any text", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."`|\\<>@#*_[]()!&;:/-+.~= \n\taA1") }),
    fc.constantFrom(...hostile.slice(0, -2)),
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 40 }), (texts) => {
      expectHarmless(reviewMarkdown(reportOf(inTurn(texts))));
    }),
    { numRuns: 60 },
  );
});

test("what does not fit is counted, and the comment stays within what a comment may be", () => {
  const name = (i: number) => `${"ü".repeat(30)}-${i}`;
  const report = reportOf(() => "<`|>".repeat(100));
  const many = Array.from({ length: 20_000 }, (_, i) => name(i));
  const people = report.people && {
    ...report.people,
    effect: report.people.effect.map((group) => ({ ...group, people: many.length, accounts: many })),
    withheld: many,
  };
  const markdown = reviewMarkdown({ ...report, people, refused: many, ineffective: many });
  expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(mostBytes);
  expect(markdown).toContain("and 19,960 more");
  expect(markdown.trimEnd().split("\n").at(-1)).toBe("More is in the page: `hgscim review --format html`.");
  expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
});
