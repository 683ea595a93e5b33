/** Whatever is wrong with the web half of a host, nobody gets in: each way to misconfigure it, at the real web servers. */

import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answered, ask } from "./web/ask.ts";
import { wrongAt, wrongIn } from "./web/checked.ts";
import { type Running, secret, WebHost } from "./web/host.ts";
import {
  atRunTime,
  atStart,
  behind,
  behindProxy,
  header,
  type Misconfiguration,
} from "./web/misconfigurations.ts";

let host: WebHost;
beforeAll(async () => {
  host = await WebHost.make();
});
afterAll(() => host?.end());
beforeEach(() => {
  host.install();
  rmSync(host.path("/srv/hg/core/api/.hg/hgrc"), { force: true });
});

const mayRead = { as: "ada" };
const byProxy = header(`${secret} ada`);

function refused(
  answered: Answered,
  { status, reads = "" }: Pick<Misconfiguration, "status" | "reads">,
): void {
  expect(answered).toMatchObject({ status });
  expect(`${answered.reason}\n${answered.body}`).toMatch(reads);
}

/** What `hgscim host check` says of it; of what the host withstands, nothing. */
function expectFound(
  found: readonly string[],
  { finds = /zoe, who may not read: / }: Pick<Misconfiguration, "finds">,
) {
  if (finds === "nothing") expect(found).toEqual([]);
  else expect(found.join("\n")).toMatch(finds);
}

describe.each([
  {
    by: "Apache",
    start: () => host.apache(),
    rows: atRunTime,
    control: mayRead,
    asItMustBe: () => host.install(),
  },
  {
    by: "gunicorn",
    start: () => host.gunicorn(),
    rows: behindProxy,
    control: byProxy,
    asItMustBe: behind("127.0.0.1"),
  },
])("while $by runs", ({ start, rows, control, asItMustBe }) => {
  let server: Running;
  beforeAll(async () => {
    asItMustBe(host);
    server = await start();
  });
  afterAll(() => server?.stop());

  it.each(rows)("$what", async ({ spoil, asks = mayRead, log = "", ...expected }) => {
    asItMustBe(host);
    // what follows is refused, and found, for this alone
    expect(await ask(server.port, control)).toMatchObject({ status: 200 });
    const before = server.log().length;
    spoil(host);
    refused(await ask(server.port, asks), expected);
    expect(server.log().slice(before)).toMatch(log);
    // what a client sends to gunicorn itself is nobody's mistake
    if (rows !== behindProxy)
      expectFound([...(await wrongAt(host, server.port)), ...wrongIn(host)], expected);
  });
});

describe("from the server's start", () => {
  it.each(atStart)("$what", async ({ start, asks = mayRead, log = "", ...expected }) => {
    const server = await start(host);
    try {
      refused(await ask(server.port, asks), expected);
      expect(server.log()).toMatch(log);
      expectFound(await wrongAt(host, server.port, "plain" in asks ? "http" : "https"), expected);
    } finally {
      await server.stop();
    }
  });
});
