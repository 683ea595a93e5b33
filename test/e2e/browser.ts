/** Debian's Chromium, as people's browsers are: it shows a page, and says what the page did. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

export interface ShownPage {
  readonly page: Page;
  /** What the page wrote to the console, asked the network for, or failed by; nothing for one that does nothing but be shown. */
  readonly said: readonly string[];
  close(): Promise<void>;
}

export interface OwnBrowser {
  /** Shows a text as a page of its own. */
  show(html: string, options?: BrowserContextOptions): Promise<ShownPage>;
  close(): Promise<void>;
}

/** Starts it; pages are files of a folder. */
export async function openBrowser(folder: string): Promise<OwnBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    // root has no sandbox, and a container little shared memory
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  let shown = 0;
  return {
    async show(html, options = {}) {
      const file = join(folder, `page-${shown++}.html`);
      writeFileSync(file, html);
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const said: string[] = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(error.message));
      page.on("dialog", (dialog) => {
        said.push(dialog.message());
        void dialog.dismiss();
      });
      page.on("request", (request) => {
        if (request.url() !== pathToFileURL(file).href) said.push(request.url());
      });
      await page.goto(pathToFileURL(file).href);
      return { page, said, close: () => context.close() };
    },
    close: () => browser.close(),
  };
}

/** What axe-core finds wrong: the rule, and where. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`),
    );
  });
}
