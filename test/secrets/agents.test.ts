/** Whom a machine speaks to, and what it resolves for them, is said by HGSCIM_AGENTS and by no repository. */
import { expect, test } from "vitest";
import { checkAgent, type WantedAgent } from "../../secrets/agents.ts";

const token = "ref+env://HGSCIM_TOKEN";
const url = "https://hg.example.com:7443";
const bound = `hg.example.com:7443=${token}`;

const check = (agent: Partial<WantedAgent>, HGSCIM_AGENTS?: string) =>
  checkAgent({ url, token, ...agent }, { HGSCIM_AGENTS });
const allowed = { ok: true, value: null };
const refused = (part: string, reason: string) => ({
  ok: false,
  error: { part, reason: expect.stringContaining(reason) },
});

test.each([undefined, "", " \n"])("set to %j, loopback alone is spoken to", (setting) => {
  for (const here of [
    "http://127.0.0.1:7443",
    "https://localhost:1/",
    "https://[::1]:7443",
    "https://127.9.9.9",
  ])
    expect(check({ url: here }, setting)).toEqual(allowed);
  for (const elsewhere of [
    url,
    "https://localhost.evil.example:7443",
    "https://127.0.0.1.evil.example",
    "https://0.0.0.0:7443",
    "https://[::ffff:127.0.0.1]:7443",
    "https://localhost:7443@evil.example",
    "https://127.0.0.1%2eevil.example",
    "https://evil.example#localhost",
    "https://evil.example\\@localhost",
  ])
    expect(check({ url: elsewhere }, setting)).toMatchObject(
      refused("url", "this machine does not speak to "),
    );
});

test("what is to be set is printed whole, with what is set already", () => {
  const advice = (line: string) => ({
    error: {
      advice: ["When that is meant, set outside of the repository:", `  export HGSCIM_AGENTS='${line}'`],
    },
  });
  const ca = "ref+file:///etc/hgscim/ca.pem";
  const whole = `${bound},hg.example.com:7443=${ca}`;
  expect(check({ ca })).toMatchObject(advice(whole));
  expect(check({ ca }, bound)).toMatchObject(advice(whole));
  expect(check({ ca }, `a.example:1=${token}\nb.example:2=${token}`)).toMatchObject(
    advice(`a.example:1=${token},b.example:2=${token},${whole}`),
  );
  expect(check({ ca }, whole)).toEqual(allowed);
  expect(check({ url: "https://HG.example.com/x?y#z" })).toMatchObject(advice(`hg.example.com:443=${token}`));
});

test.each([
  `${bound},a.example:1=ref+env://OTHER`,
  `a.example:1=ref+env://OTHER ${bound}`,
  `\n  a.example:1=ref+env://OTHER\n  ${bound},\n`,
])("of several, %j, each is bound", (setting) => {
  expect(check({}, setting)).toEqual(allowed);
  expect(check({ url: "https://a.example:1", token: "ref+env://OTHER" }, setting)).toEqual(allowed);
  // and none to the host of another one
  expect(check({ token: "ref+env://OTHER" }, setting)).toMatchObject(
    refused("token", "ref+env://OTHER is not for hg.example.com:7443 on this machine"),
  );
});

test.each([
  ["https://HG.Example.COM:7443/path", bound],
  ["https://hg.example.com.:7443", bound],
  [url, `HG.example.com:07443=${token}`],
  ["https://hg.example.com", `hg.example.com:443=${token}`],
  ["https://hg.example.com:443", `hg.example.com=${token}`],
  ["https://[2001:DB8::1]:7443", `[2001:db8:0::1]:7443=${token}`],
  ["http://127.0.0.1", `127.0.0.1:80=${token}`],
])("%s is what %s says", (spelled, setting) => {
  expect(check({ url: spelled }, setting)).toEqual(allowed);
});

test.each([
  "https://hg.example.com:7444",
  "https://hg.example.com",
  "https://evil.example:7443",
  "https://hg.example.com.evil.example:7443",
  "https://hg.example.com:7443@evil.example:7443",
  "https://sub.hg.example.com:7443",
  // once it is set it is the whole list, for this host too
  "http://127.0.0.1:7443",
  "https://localhost:7443",
])("%s is not what is bound", (other) => {
  expect(check({ url: other }, bound)).toMatchObject(refused("url", "this machine does not speak to "));
});

test.each([
  ["token", { token: "ref+env://AWS_SECRET_ACCESS_KEY" }],
  ["token", { token: "ref+env://HGSCIM_TOKEN_2" }],
  ["token", { token: "ref+env://hgscim_token" }],
  ["token", { token: "ref+file:///proc/self/environ" }],
  ["ca", { ca: "ref+file:///home/ci/.ssh/id_ed25519" }],
])("another %s, %j, is not resolved for a bound agent", (part, change) => {
  expect(check(change, bound)).toMatchObject(refused(part, "is not for hg.example.com:7443 on this machine"));
});

test("a reference that would not stay whole between commas and quotes is not offered, and not repeated", () => {
  for (const odd of [
    "ref+file:///a b",
    "ref+file:///a,b",
    "ref+file:///a'b",
    'ref+file:///a"b',
    "ref+file:///a\u001bb",
  ])
    expect(check({ token: odd })).toEqual({
      ok: false,
      error: {
        part: "token",
        reason: "HGSCIM_AGENTS cannot hold this reference (expected one without blanks, commas and quotes)",
        advice: [],
      },
    });
});

test.each([
  ["hg.example.com:7443=hunter2", 1],
  [`${bound},hg.example.com:7443:hunter2`, 2],
  [`${bound} hunter2`, 2],
  [`https://hg.example.com:7443=${token}`, 1],
  [`hunter2@hg.example.com:7443=${token}`, 1],
  [`hg.example.com:hunter2=${token}`, 1],
  ["hg.example.com:7443=ref+hunter2://x", 1],
  [`=${token}`, 1],
])("%s is no binding, and what stands there is not repeated", (setting, place) => {
  const answer = check({}, setting);
  expect(answer).toMatchObject(
    refused("url", `HGSCIM_AGENTS has an entry that is no binding, number ${place} (expected host:port=ref+`),
  );
  expect(JSON.stringify(answer)).not.toContain("hunter2");
});

test("no token goes over plain http, nor another way than http, whatever is bound", () => {
  for (const plain of ["http://hg.example.com:7443", "unix:/run/docker.sock", "ftp://hg.example.com:7443"])
    expect(check({ url: plain }, bound)).toMatchObject(refused("url", "is reached by https only"));
});

test("a token that a person names needs a known host and no binding, and where it has bindings they hold", () => {
  const own = { token: "ref+env://MINE", isOwnToken: true };
  expect(check(own, bound)).toEqual(allowed);
  expect(check({ ...own, isOwnToken: false }, bound)).toMatchObject(refused("token", "is not for"));
  expect(check(own, `${bound},hg.example.com:7443=${own.token}`)).toEqual(allowed);
  expect(check(own, `${bound},hg.example.com:8443=${own.token}`)).toMatchObject(
    refused("token", "ref+env://MINE is not for hg.example.com:7443"),
  );
  expect(check(own)).toMatchObject(refused("url", "this machine does not speak to"));
  expect(check(own, `hg.example.com:1=${token}`)).toMatchObject(
    refused("url", "this machine does not speak to"),
  );
  expect(check({ ...own, url: "http://hg.example.com:7443" }, bound)).toMatchObject(refused("url", "https"));
  expect(check({ ...own, url: "https://127.0.0.1:1" })).toEqual(allowed);
  // the repository's part of the address is none of the person's words
  expect(check({ ...own, ca: "ref+env://OTHER" }, bound)).toMatchObject(
    refused("ca", "ref+env://OTHER is not for"),
  );
});
