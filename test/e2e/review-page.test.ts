/**
 * The page of a review in real Chromium: accessible in both schemes and at 390 pixels, readable without its script and on paper, and
 * deaf to scripts in whatever others wrote. HGSCIM_PICTURES=1 makes the pictures of docs/reviewing.md anew.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reviewPage } from "../../report/review/page.tsx";
import type { ReviewReport } from "../../report/review/report.ts";
import { startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { hostile, reportOf } from "../report/review/samples.ts";
import { type OwnBrowser, openBrowser, violationsOf } from "./browser.ts";
import { localFile, makeProject, policyFile } from "./terraform-project.ts";

let folder: string;
let browser: OwnBrowser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-page-"));
  browser = await openBrowser(folder);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

const phone = { width: 390, height: 844 };
const desk = { width: 1100, height: 900 };
const pictures = process.env.HGSCIM_PICTURES === "1" ? "docs/review" : undefined;

/** A real change that a real agent is asked about: a group that was renamed, and the name of nobody's group in the file. */
async function realPage(): Promise<string> {
  const h = await startHarness(["core/api", "core/web", "core/build", "core/client", "docs", "releases/1.0"]);
  const project = await makeProject(h);
  try {
    await h.deploy(await h.release());
    const team = ["ada", "bela", "chen", "dora", "emil", "fatou", "goran", "hana"];
    await staff(h, {
      "core-team": team,
      engineering: [...team, "ines", "jonas", "kim", "lena", "milo"],
      "docs-team": ["ines", "jonas"],
      "release-managers": ["ada", "bela"],
    });
    project.edit(localFile, (text) => `${text}\nbounds: { lose: 10%, above: 5 }\n`);
    project.edit(policyFile, (text) =>
      text
        .replace("groups: [engineering, core-team,", "groups: [engineering, core-devs,")
        .replaceAll("[core-team]", "[core-devs]")
        .replace("    read: [engineering]\n    write: [docs-team]", "    write: [engineering, docs-team]"),
    );
    const { stdout, stderr } = await project.hgscim(
      ...["review", "local", "--format", "html"],
      ...["--source-url", "https://hg.example.com/policy/file/tip/{path}#l{line}"],
    );
    expect(stderr).toBe("");
    return stdout;
  } finally {
    project.remove();
    await h.stop();
  }
}

async function take(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

test("a page is accessible in both schemes and at 390 pixels, filters, and is all there without its script and on paper", async () => {
  const html = await realPage();
  expect(html).toContain("It has sent core-team, and 8 of its 8 members lose access");
  for (const colorScheme of ["light", "dark"] as const)
    for (const viewport of [desk, phone]) {
      const { page, said, close } = await browser.show(html, { colorScheme, viewport });
      expect(await violationsOf(page)).toEqual([]);
      const shot = viewport === phone ? `phone-${colorScheme}` : `desk-${colorScheme}`;
      if (["desk-light", "phone-dark"].includes(shot)) await take(page, shot);
      // also with everything open
      await page.evaluate(() => {
        for (const one of document.querySelectorAll("details")) one.open = true;
      });
      expect(await violationsOf(page)).toEqual([]);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(viewport.width);
      expect(said).toEqual([]);
      await close();
    }

  const { page, close } = await browser.show(html, { viewport: desk });
  const seenNames = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("[data-people] li, [data-person]")]
        .filter((node) => node.checkVisibility({ contentVisibilityAuto: true }))
        .map((node) => node.textContent),
    );
  expect(await seenNames()).toEqual([]);
  await page.getByLabel("Person").fill("CHE");
  expect(await seenNames()).toEqual(["chen"]);
  await page.getByLabel("Repository").fill("core/web");
  expect(await seenNames()).toEqual(["chen"]);
  await page.getByLabel("Repository").fill("nowhere");
  expect(await seenNames()).toEqual([]);
  await page.getByLabel("Person").fill("");
  await page.getByLabel("Repository").fill("");
  expect(await page.locator("article:visible").count()).toBe(await page.locator("article").count());
  await close();

  // nothing is left out for those who run no script, and nothing is folded on paper
  const bare = await browser.show(html, { javaScriptEnabled: false, viewport: desk });
  expect(await bare.page.locator("#filter").isVisible()).toBe(false);
  await bare.page.locator("summary", { hasText: "Every name" }).first().click();
  expect(await bare.page.getByText("ada", { exact: true }).first().isVisible()).toBe(true);
  await bare.close();
  const paper = await browser.show(html, { viewport: desk });
  await paper.page.emulateMedia({ media: "print" });
  const folded = () =>
    paper.page.evaluate(
      () =>
        [...document.querySelectorAll("details li")].filter(
          (node) => !node.checkVisibility({ contentVisibilityAuto: true }),
        ).length,
    );
  // what was folded when the page was made is drawn with the next frame
  await expect.poll(folded).toBe(0);
  await paper.close();
});

/** The elements of a page by their names, with what could run or load something. */
const skeleton = (html: string) => {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return [...parsed.querySelectorAll("*")].map((node) =>
    [
      node.localName,
      ...node.getAttributeNames().filter((name) => !["aria-label", "content"].includes(name)),
    ].join(" "),
  );
};

test("scripts, markup and addresses in every field are text: nothing runs, and no element comes of them", async () => {
  let next = 0;
  const inTurn = (texts: readonly string[]) => () => `${texts[next++ % texts.length]}${next}`;
  const pages = hostile.map((_, index) =>
    reviewPage(reportOf(inTurn([...hostile.slice(index), ...hostile.slice(0, index)]))),
  );
  const random = fc
    .sample(fc.array(fc.string({ unit: "binary" }), { minLength: 5, maxLength: 40 }), 40)
    .map((texts) => reviewPage(reportOf(inTurn(texts))));
  const plain = reviewPage(reportOf(inTurn(["plain"])));

  const { page, said, close } = await browser.show(pages[0] ?? "");
  const expected = await page.evaluate(skeleton, plain);
  for (const html of [...pages, ...random]) expect(await page.evaluate(skeleton, html)).toEqual(expected);
  await close();
  expect(said).toEqual([]);

  // the first ones as pages of their own, and what is seen of them
  for (const html of pages.slice(0, 4)) {
    const shown = await browser.show(html);
    await shown.page.getByLabel("Person").fill("script");
    expect(await shown.page.evaluate(() => "ran" in window)).toBe(false);
    expect(shown.said).toEqual([]);
    await shown.close();
  }
});

test("a page stays under a megabyte: what it has no room for is counted", async () => {
  const many = (n: number, what: string) => Array.from({ length: n }, (_, i) => `${what}-${i}@example.com`);
  const sample = reportOf(() => "plain");
  const people = sample.people as NonNullable<ReviewReport["people"]>;
  const part = { before: "write", after: "read", because: [] } as const;
  const sizes = [
    {
      ...people,
      effect: [
        {
          people: 200_000,
          accounts: many(200_000, "<&>"),
          moved: false,
          parts: [{ ...part, repositories: many(400, "r") }],
        },
      ],
    },
    {
      ...people,
      effect: many(5_000, "a").map((name) => ({
        people: 1,
        accounts: [name],
        moved: false,
        parts: [{ ...part, repositories: many(400, "r") }],
      })),
    },
    { ...people, withheld: many(90_000, "w") },
  ];
  for (const one of sizes) {
    const html = reviewPage({ ...sample, people: one });
    expect(Buffer.byteLength(html)).toBeLessThan(1_000_000);
    expect(html).toMatch(/[\d,]+ more [a-z ]+ left out of this page/);
  }
});
