import { expect, test } from "vitest";
import { findingsIn } from "../../scan/scan.ts";
import { generated, samples } from "./samples.ts";

const found = async (text: string, added?: number[]) =>
  (await findingsIn({ file: "/x/a.yaml", text, ...(added && { added: new Set(added) }) })).map(
    ({ at, message }) => `${at.line}:${at.column} ${/\((.*)\)/.exec(message)?.[1]}`,
  );
const reference = "expected a reference such as ref+env://NAME";

test.each([
  [`token: ${samples.okta} # hgscim-scan: allow revoked in 2025`, []],
  [`<a t="${samples.okta}"/> <!-- hgscim-scan: allow revoked -->`, []],
  [`token: ${samples.okta} # hgscim-scan: allow`, ['1:8 expected a reason behind "hgscim-scan: allow"']],
  [
    `<a t="${samples.okta}"/> <!-- hgscim-scan: allow -->`,
    ['1:7 expected a reason behind "hgscim-scan: allow"'],
  ],
  [`# hgscim-scan: allow the next line\ntoken: ${samples.okta}`, [`2:8 ${reference}`]],
  [`# secretlint-disable\ntoken: ${samples.okta}`, [`2:8 ${reference}`]],
])("a finding is accepted on its own line, with a reason: %#", async (text, expected) => {
  expect(await found(text)).toEqual(expected);
});

test("a finding of several lines counts when one of them was added, and is accepted on any", async () => {
  expect(await found(`a\n${samples.pem}`, [3])).toEqual([`2:1 ${reference}`]);
  expect(await found(`a\n${samples.pem}b`, [1, 6])).toEqual([]);
  expect(await found(`${samples.pem.trimEnd()} hgscim-scan: allow a key of the tests\n`)).toEqual([]);
});

test("positions count lines and UTF-16 code units, whatever ends a line", async () => {
  expect(await found(`a: 1\r\n"😀": 1, token: ${samples.okta}\r\n`)).toEqual([`2:17 ${reference}`]);
});

test("several findings come in reading order", async () => {
  const text = `a ${samples.gitlab} ${samples.jwt}\npassword: ${generated(24)}`;
  expect((await found(text)).map((line) => line.split(" ")[0])).toEqual(["1:3", "1:31", "2:11"]);
});
