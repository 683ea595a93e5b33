/** The results of policy tests: as text for people, as JSON, and as JUnit XML for what shows test results. */
import { formatPosition, type Position } from "../../model/problem.ts";

export interface TestResult {
  readonly environment: string;
  readonly file: string;
  readonly name: string;
  readonly seconds: number;
  readonly differences: readonly { readonly at: Position; readonly message: string }[];
}

/** Makes the whole report. */
export type Format = (results: readonly TestResult[]) => string;

export const formats = {
  text,
  json: (results) => `${JSON.stringify({ tests: results.map(asJson) }, null, 2)}\n`,
  junit,
} satisfies Record<string, Format>;

function text(results: readonly TestResult[]): string {
  const failed = results.filter(({ differences }) => differences.length > 0);
  const lines = failed.flatMap(({ environment, name, differences }) => [
    `${environment}: ${name}`,
    ...differences.map(({ at, message }) => `  ${formatPosition(at)}: ${message}`),
  ]);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0).toFixed(2);
  return [
    ...lines,
    `${results.length - failed.length} passed, ${failed.length} failed, in ${seconds} s`,
    "",
  ].join("\n");
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
function junit(results: readonly TestResult[]): string {
  const environments = [...new Set(results.map(({ environment }) => environment))];
  const suites = environments.map((environment) => {
    const cases = results.filter((result) => result.environment === environment);
    const failures = cases.filter(({ differences }) => differences.length > 0).length;
    const head = `  <testsuite name="${attribute(environment)}" tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="${cases.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)}">`;
    return [head, ...cases.map(testCase), "  </testsuite>"].join("\n");
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
