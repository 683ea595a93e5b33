/** Where the agent may connect to. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { AgentConfig, allowsEgress } from "../../../agent/config.ts";

test.each<[pattern: string | undefined, url: string, allowed: boolean]>([
  [undefined, "https://login.example.com/keys", false],
  ["login.example.com", "https://login.example.com/keys", true],
  ["login.example.com", "https://LOGIN.example.com:443/keys", true],
  ["Login.Example.com", "https://login.example.com/keys", true],
  ["login.example.com", "https://login.example.com:8443/keys", false],
  ["login.example.com", "http://login.example.com/keys", false],
  ["login.example.com:80", "http://login.example.com/keys", false],
  ["login.example.com:8443", "https://login.example.com:8443/keys", true],
  ["login.example.com:8443", "https://login.example.com/keys", false],
  ["login.example.com", "https://loginxexample.com/keys", false],
  ["login.example.com", "https://login.example.com.evil.example/keys", false],
  ["*.example.com", "https://login.example.com/keys", true],
  ["*.example.com", "https://example.com/keys", false],
  ["*.example.com", "https://a.b.example.com/keys", false],
  ["*", "https://localhost/keys", true],
  ["*", "https://login.example.com/keys", false],
  ["127.0.0.1:8080", "http://127.0.0.1:8080/keys", true],
  ["127.0.0.1:80", "http://127.0.0.1/keys", true],
  ["127.0.0.1", "http://127.0.0.1/keys", false],
  ["[::1]:8080", "http://[::1]:8080/keys", true],
  ["[::1]", "https://[::1]/keys", true],
])("%s lets %s: %s", (pattern, url, allowed) => {
  const egress = pattern === undefined ? undefined : [pattern];
  expect(AgentConfig.shape.egress.safeParse(egress).success).toBe(true);
  expect(allowsEgress({ egress }, new URL(url))).toBe(allowed);
});

test("a pattern means what it meant as a regular expression", () => {
  const allowed = (pattern: string, { host, port }: URL) => {
    const whole = /:\d+$/.test(pattern) ? pattern : `${pattern}:443`;
    const regex = whole.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, "[^.:]+");
    return new RegExp(`^${regex}$`, "i").test(port ? host : `${host}:443`);
  };
  const text = (letters: readonly string[], maxLength: number) =>
    fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength }).map((parts) => parts.join(""));
  const port = fc.constantFrom("", "", ":443", ":84");
  const pattern = fc.tuple(text(["a", "A", "-", ".", "*", "*"], 5), port);
  const host = fc.array(text(["a", "a", "b"], 2), { minLength: 1, maxLength: 2 });
  const seen = { matched: 0, others: 0 };
  fc.assert(
    fc.property(pattern, host, port, ([name, named], labels, at) => {
      const url = new URL(`https://${labels.join(".")}${at}/keys`);
      const wanted = allowed(name + named, url);
      expect(allowsEgress({ egress: [name + named] }, url)).toBe(wanted);
      seen[wanted ? "matched" : "others"]++;
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(seen.matched, seen.others)).toBeGreaterThan(100);
});

test.each(["https://login.example.com", "login.example.com/keys", "a b", "", "host:", "host:123456", ".*|x"])(
  "%j is no host",
  (pattern) => {
    expect(AgentConfig.shape.egress.safeParse([pattern]).success).toBe(false);
  },
);
