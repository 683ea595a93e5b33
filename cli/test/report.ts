/** The results of policy tests: as text for people, as JSON, and as JUnit XML for what shows test results. */

import { formatPosition, type Position } from "../../model/problem.ts";
import type { UncoveredPart } from "./coverage.ts";

export interface TestResult {
  readonly environment: string;
  readonly file: string;
  readonly name: string;
  readonly seconds: number;
  readonly differences: readonly { readonly at: Position; readonly message: string }[];
}

/** How far the tests of an environment cover it. */
export interface CoverageResult {
  readonly environment: string;
  /** In whole percent. */
  readonly share: number;
  readonly parts: number;
  readonly uncovered: readonly (UncoveredPart & { readonly at: string })[];
}

/** Makes the whole report; coverage only where it was asked for. */
export type Format = (results: readonly TestResult[], coverage?: readonly CoverageResult[]) => string;

export const formats = {
  text,
  json: (results, coverage) =>
    `${JSON.stringify({ tests: results.map(asJson), ...(coverage && { coverage: coverage.map(coverageJson) }) }, null, 2)}\n`,
  junit,
} satisfies Record<string, Format>;

function text(results: readonly TestResult[], coverage: readonly CoverageResult[] = []): string {
  const failed = results.filter(({ differences }) => differences.length > 0);
  const lines = failed.flatMap(({ environment, name, differences }) => [
    `${environment}: ${name}`,
    ...differences.map(({ at, message }) => `  ${formatPosition(at)}: ${message}`),
  ]);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0).toFixed(2);
  return [
    ...lines,
    `${results.length - failed.length} passed, ${failed.length} failed, in ${seconds} s`,
    ...coverage.flatMap(coverageLines),
    "",
  ].join("\n");
}

function coverageLines({ environment, share, parts, uncovered }: CoverageResult): string[] {
  return [
    `coverage of ${environment}: ${share}%, ${parts - uncovered.length} of ${parts} parts`,
    ...uncovered.map(
      ({ at, entry, words, isMet }) =>
        `  ${at}: ${[entry, ...(words === undefined ? [] : [words])].join(": ")}: ${isMet ? "no test fails without it" : "no test meets it"}`,
    ),
  ];
}

function coverageJson({ environment, share, parts, uncovered }: CoverageResult) {
  return {
    ...{ environment, share, parts, covered: parts - uncovered.length },
    uncovered: uncovered.map(({ at, entry, words = null, isMet }) => ({
      at,
      entry,
      part: words,
      met: isMet,
    })),
  };
}

function asJson({ environment, file, name, seconds, differences }: TestResult) {
  return {
    environment,
    file,
    name,
    passed: differences.length === 0,
    seconds,
    differences: differences.map(({ at, message }) => ({ ...at, message })),
  };
}

/** One suite an environment (the schema that CI servers share, windyroad/JUnit-Schema). */
function junit(results: readonly TestResult[], coverage: readonly CoverageResult[] = []): string {
  const environments = [...new Set(results.map(({ environment }) => environment))];
  const suites = environments.map((environment) => {
    const cases = results.filter((result) => result.environment === environment);
    const failures = cases.filter(({ differences }) => differences.length > 0).length;
    const head = `  <testsuite name="${attribute(environment)}" tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="${cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)}">`;
    const properties = coverage
      .filter((one) => one.environment === environment)
      .map(
        ({ share }) =>
          `    <properties>\n      <property name="coverage" value="${share}%"/>\n    </properties>`,
      );
    return [head, ...properties, ...cases.map(testCase), "  </testsuite>"].join("\n");
  });
  return `${['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites, "</testsuites>"].join("\n")}\n`;
}

function testCase({ file, name, seconds, differences }: TestResult): string {
  const open = `    <testcase classname="${attribute(file)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
  const [first] = differences;
  if (!first) return `${open}/>`;
  const all = differences.map(({ at, message }) => `${formatPosition(at)}: ${message}`).join("\n");
  return `${open}>\n      <failure message="${attribute(first.message)}">${escaped(all)}</failure>\n    </testcase>`;
}

// what XML 1.0 has no place for at all becomes U+FFFD (section 2.2, Characters)
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}

function attribute(text: string): string {
  return escaped(text)
    .replace(/"/g, "&quot;")
    .replace(/[\t\n\r]/g, " ");
}
