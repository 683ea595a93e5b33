/** How the command is called again, and what of a line has room on a terminal. */
import { expect, test } from "vitest";
import { RotationCall, type SecretOptions } from "../../../cli/rotate/call.ts";
import { cutTo } from "../../../cli/rotate/cut.ts";
import type { SecretReference } from "../../../model/reference.ts";

const called = (options: SecretOptions, environment = "local") =>
  new RotationCall(environment, "okta-token", options, {
    url: "https://127.0.0.1",
    token: "ref+env://HGSCIM_TOKEN" as SecretReference,
    ca: "ref+file:///ca.pem" as SecretReference,
  });
const sudo = (variables: string, rest: string) =>
  `  sudo --preserve-env=${variables},HGSCIM_AGENTS npx hgscim rotate local okta-token${rest}`;

test.each([
  [{}, "", [sudo("HGSCIM_TOKEN", "")]],
  [{ undo: true, yes: true }, " --undo --yes", [sudo("HGSCIM_TOKEN", " --undo --yes")]],
  [
    { now: true, once: true, json: true, token: "ref+env://MINE" },
    " --now --once --json --token ref+env://MINE",
    [sudo("MINE", " --now --once --json --token ref+env://MINE")],
  ],
  [
    { valueFrom: "new value", show: true },
    " --value-from 'new value' --show",
    [
      sudo("HGSCIM_TOKEN", " --value-from - --show"),
      "There it asks for the value, which new value of this machine has.",
    ],
  ],
  [{ valueFrom: "-" }, " --value-from -", [sudo("HGSCIM_TOKEN", " --value-from -")]],
] as const)("with %o", (options, again, onHost) => {
  const call = called(options as SecretOptions);
  expect(call.again()).toBe(`npx hgscim rotate local okta-token${again}`);
  expect(call.onHost).toEqual(onHost);
});

test("what is in a slot need not be given again, and what a shell reads otherwise is quoted", () => {
  expect(called({ valueFrom: "-", yes: true }).again(true)).toBe("npx hgscim rotate local okta-token --yes");
  expect(called({}, "it's/local.yaml").again()).toBe("npx hgscim rotate 'it'\\''s/local.yaml' okta-token");
});

test.each([
  ["0123456789", undefined, "0123456789"],
  ["0123456789", 0, "0123456789"],
  ["0123456789", 11, "0123456789"],
  ["0123456789", 10, "01234567…"],
  ["日本語日本語", 20, "日本語日本語"],
  ["日本語日本語", 8, "日本語…"],
  ["e\u0301e\u0301e\u0301", 3, "e\u0301…"],
])("%j has room in %s columns: %j", (line, columns, cut) => {
  expect(cutTo(line, columns)).toBe(cut);
});
