/** Where the agent may connect to. */
import { expect, test } from "vitest";
import { allowsEgress } from "../../../agent/authentication/egress.ts";
import { AgentConfig } from "../../../agent/config.ts";

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

test.each(["https://login.example.com", "login.example.com/keys", "a b", "", "host:", "host:123456", ".*|x"])(
  "%j is no host",
  (pattern) => {
    expect(AgentConfig.shape.egress.safeParse([pattern]).success).toBe(false);
  },
);
