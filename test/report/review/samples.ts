/** Reports with a text of the test's own in every field that SCIM or YAML can fill. */
import type { ReviewReport } from "../../../report/review/report.ts";

/** A report in which every such field has what `text` gives for it, one after the other. */
export function reportOf(text: () => string): ReviewReport {
  const texts = (n: number) => Array.from({ length: n }, text);
  const because = texts(2);
  const rule = { direction: "loses", before: "read and push", after: "nothing" } as const;
  return {
    version: 1,
    environment: "production",
    file: text(),
    verdict: text(),
    refused: texts(2),
    digests: {
      release: text(),
      policy: text(),
      base: text(),
      comparedWith: "active",
      revision: text(),
      absentAt: text(),
      merged: text(),
      active: text(),
    },
    people: {
      accounts: 50,
      lose: 7,
      gain: 2,
      effect: [
        {
          people: 5,
          accounts: texts(5),
          moved: true,
          parts: [
            { before: "write", after: "read", repositories: texts(5), because },
            { before: "write", after: "read", repositories: texts(1), because: [], branch: text() },
            { before: "write", after: "read", repositories: texts(2), because, bookmark: text() },
          ],
        },
        {
          people: 1,
          accounts: texts(1),
          moved: false,
          parts: [{ before: "read", after: "write", repositories: texts(1), because, path: text() }],
        },
      ],
      groups: [{ group: text(), people: 5, lose: 5, gain: 0 }],
      likely: [{ entry: text(), connector: text(), group: text(), sent: text(), losing: 3, members: 4 }],
      later: [{ at: 0, lose: 1, gain: 1, accounts: texts(1) }],
      gone: texts(1),
      withheld: texts(2),
    },
    unnamed: text(),
    rules: [
      { ...rule, entry: text(), patterns: texts(2), subject: text() },
      { ...rule, entry: text(), patterns: texts(7), subject: null, branch: text() },
    ],
    entries: [
      {
        entry: because[0] ?? "",
        kind: "changed",
        position: text(),
        link: "https://hg.example.com/a%20b",
        changes: texts(2),
      },
      { entry: text(), kind: "added", position: text(), link: null, changes: [] },
    ],
    losses: texts(2),
    ineffective: texts(2),
    accept: text(),
    tests: { passed: 3, failed: [{ name: text(), differences: texts(2) }], broken: [] },
    promotion: { from: "staging", soak: "24h", obstacle: texts(2) },
    holds: { total: 1, held: [{ id: text(), what: text(), rules: texts(2) }] },
    approval: text(),
    unapproved: text(),
  };
}

/** What would be markup, a mention, a reference, an address or an end of something, or hides or turns what stands beside it. */
export const hostile = [
  "<script>window.ran = 1</script>",
  "<img src=x onerror=window.ran=1>",
  '" onmouseover="window.ran=1',
  "</title><svg onload=window.ran=1>",
  "</style><script>window.ran=1</script>",
  "<!-- --> --> <!-- hgscim review: production -->",
  "</details></summary><h1>approved</h1>",
  "javascript:window.ran=1",
  "[approve](javascript:alert(1)) ![](http://evil.example/x.png)",
  "<http://evil.example> https://evil.example www.evil.example",
  "@everyone @org/team ada@example.com #1 !1 GH-1 org/repository#1 &1 %1 ~bug $1",
  "0123456789abcdef0123456789abcdef01234567 org/repository@0123456",
  "a | b \\| c \\\\| d",
  "`code` ``more`` \\` `",
  "| a |\n| --- |\n| b |",
  "# heading\n## another\n---\n===",
  "- item\n1. one\n1) one\n> quote\n    code",
  "```\nfence\n```\n~~~",
  "/close\n/approve\n/merge",
  "**bold** __bold__ *it* _it_ ~~gone~~ $x$ $$x$$",
  "&lt;b&gt; &#60;b&#62; &amp; &nbsp;",
  "[^1] [^1]: note\n[x]: http://evil.example",
  "- [x] done\n| :---: |",
  "a\u202eb\u2066c\u200bd\u00ade\u0000f\u001b[31mg\ufeffh\ud800",
  "\r\n\r\n\u2028\u2029\u0085\v\f\t",
  `:rocket: :+1: [[wiki]] {{handlebars}} $${"{{"} secrets.TOKEN }}`,
  " ",
  "",
  "x".repeat(5_000),
  "<".repeat(500),
];
