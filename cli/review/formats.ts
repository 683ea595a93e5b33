/** In which forms a review is printed. */
import type { ReviewReport } from "../../report/review/report.ts";

/** Makes the whole text. */
export type ReviewFormat = (report: ReviewReport) => Promise<string>;

export const reviewFormats = {
  markdown: async (report) => (await import("../../report/review/markdown.ts")).reviewMarkdown(report),
  html: async (report) => (await import("../../report/review/page.tsx")).reviewPage(report),
  json: async (report) => `${JSON.stringify(report, null, 2)}\n`,
} satisfies Record<string, ReviewFormat>;
