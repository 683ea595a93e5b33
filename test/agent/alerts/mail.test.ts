/** Alerts by e-mail, to a real SMTP server on loopback. */
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentConfig } from "../../../agent/config.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { happen, rowsOf } from "./store.ts";
import { until } from "./until.ts";

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly text: string;
}

const now = Date.parse("2026-11-23T10:00:00Z");
const password = "hunter2-of-the-mail-server";
let server: SMTPServer;
let mails: Mail[];
let isClosed: boolean;
let h: Harness;
beforeEach(async () => {
  mails = [];
  isClosed = false;
  server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth: ({ username, password: given }, _session, done) =>
      given === password ? done(null, { user: username ?? "" }) : done(new Error("no")),
    onMailFrom: (_address, _session, done) =>
      done(isClosed ? Object.assign(new Error("not now, ask ada@example.com"), { responseCode: 451 }) : null),
    onData: (stream, { envelope, user }, done) => {
      void text(stream).then((text) => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        mails.push({
          from,
          to: rcptTo.map(({ address }) => address),
          user: user ? String(user) : undefined,
          text,
        });
        done();
      });
    },
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.server.address() as AddressInfo;
  process.env.TEST_MAIL_PASSWORD = password;
  const mail = {
    server: `127.0.0.1:${port}`,
    tls: "off",
    from: { name: "hgscim, the <agent>", address: "hgscim@example.com" },
    auth: { user: "agent", password: "ref+env://TEST_MAIL_PASSWORD" },
    to: ["*@example.com"],
  };
  h = await startHarness(["core/api"], { mail: AgentConfig.shape.mail.parse(mail) }, { clock: () => now });
});
afterEach(async () => {
  delete process.env.TEST_MAIL_PASSWORD;
  await h.stop();
  await new Promise<void>((done) => server.close(() => done()));
});

const mailing =
  (value: string, ...alerts: readonly object[]) =>
  (draft: ReleaseShape) => {
    draft.variables.ALERT_MAIL = { type: "string", value };
    draft.settings.alerts = alerts.map((alert) => ({ to: { var: "ALERT_MAIL" }, ...alert }));
  };

test("an alert comes as an e-mail to each address, by the server and sender of the host", async () => {
  const release = await h.release(mailing("on-call@example.com, identity@example.com", { on: ["held"] }));
  await h.deploy(release);
  happen(h, now, { kind: "held", connector: "okta", rule: "mass", owner: "on-call" });
  const mail = await until(() => mails[0]);
  expect(mail).toMatchObject({
    from: "hgscim@example.com",
    to: ["on-call@example.com", "identity@example.com"],
  });
  const { text } = mail;
  expect(text).toContain('From: "hgscim, the <agent>" <hgscim@example.com>');
  expect(text).toContain("Subject: [hgscim local] held: okta mass");
  expect(text).toMatch(/^Message-ID: <msg_[0-9a-f]{32}@example\.com>\r$/m);
  expect(text).toContain("hgscim local: held at okta: it happened");
  expect(text).not.toContain("Ada");
  expect(text).toContain("Owner: on-call");
});

test("a server that takes nothing now is asked again, and what it says is not repeated", async () => {
  isClosed = true;
  await h.deploy(await h.release(mailing("on-call@example.com", { on: ["held"] })));
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await until(() => rowsOf(h, "SELECT 1 FROM deliveries WHERE attempts = 1").length > 0);
  expect(rowsOf(h, "SELECT state, reason FROM deliveries")).toEqual([
    { state: "waiting", reason: "the e-mail server answered 451 to MAIL FROM" },
  ]);
  expect(h.logs.join("")).not.toMatch(/hunter2|ada@/);
});

test("a wrong password is a reason, and not in it", async () => {
  process.env.TEST_MAIL_PASSWORD = "hunter2-of-nobody";
  await h.deploy(await h.release(mailing("on-call@example.com", { on: ["held"] })));
  const { body } = await h.admin("POST", "/alerts/test", { token: h.tokens.approver, body: {} });
  expect(body.results).toMatchObject([{ destination: "ALERT_MAIL", taken: false }]);
  expect(body.results[0].reason).toMatch(/^the e-mail server answered 535 to AUTH/);
  expect(JSON.stringify(body) + h.logs.join("")).not.toContain("hunter2");
});

test("whom the host does not let a release write to is a problem of the plan", async () => {
  const release = await h.release(mailing("on-call@example.com, spy@example.net", { on: ["held"] }));
  const { body } = await h.admin("POST", "/impact", { body: { release } });
  expect(body.failures).toEqual([
    "variables.ALERT_MAIL: the agent's configuration does not allow e-mails to spy@example.net (see mail in agent.yaml)",
  ]);
});
