/** What a person is told whose agent has another certificate than the environment file expects: at plan, with its line. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CertificateOptions, selfSignedCertificate } from "../../x509/self-signed.ts";
import { until } from "../agent/alerts/until.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { shownBy } from "../agent/renewals/shown-by.ts";
import { localFile, makeProject, type Project } from "./terraform-project.ts";

let folder: string;
let h: Harness;
let project: Project;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-certificate-"));
  install({ hosts: ["127.0.0.1"] });
  h = await startHarness(["core/api"], { admin: { listen: "127.0.0.1:0", tls: files() } });
  project = await makeProject(h);
  project.edit(localFile, (text) =>
    text.replace("ref+env://HGSCIM_CA", `ref+file://${join(folder, "ca.pem")}`),
  );
});
afterEach(async () => {
  project.remove();
  await h.stop();
  rmSync(folder, { recursive: true, force: true });
});

const files = () => ({ certificate: join(folder, "tls.pem"), key: join(folder, "tls.key") });

/** Puts a new certificate into the agent's files, and into the one that the environment trusts. */
function install(options: CertificateOptions): void {
  const { pem, key } = selfSignedCertificate(options);
  writeFileSync(files().certificate, pem);
  writeFileSync(files().key, key);
  writeFileSync(join(folder, "ca.pem"), pem);
}

/** Plans; what is synthesized stays the same from the first time on. */
async function plan(again = () => project.terraform("plan")): Promise<{ code: number | null; text: string }> {
  const { code, stdout, stderr } = await again();
  return { code, text: `${stdout}${stderr}`.replace(/\s+/g, " ") };
}

test("a certificate that does not match is an error at its setting's line, and the agent is sent nothing", async () => {
  expect((await plan(() => project.hgscim("plan", "local"))).code).toBe(0);
  const before = (project.read(localFile).split(", ca: ")[0] ?? "").split("\n");
  const at = `${localFile}:${before.length}:${(before.at(-1) ?? "").length + 3}`;
  for (const [prepare, reason] of [
    [
      () => writeFileSync(join(folder, "ca.pem"), selfSignedCertificate({ hosts: ["127.0.0.1"] }).pem),
      "its certificate is not signed by a known authority (expected one of `ca`)",
    ],
    [
      () => install({ hosts: ["hg.example.com"] }),
      "its certificate is for hg.example.com (expected one for 127.0.0.1)",
    ],
    [
      async () => {
        // one that has expired never comes in: it expires while it is shown
        install({ hosts: ["127.0.0.1"], lifetime: 20_000 });
        const { serialNumber, validTo } = new X509Certificate(readFileSync(files().certificate));
        expect(await shownBy(h.agent.admin)).toBe(serialNumber);
        await until(() => Date.now() > Date.parse(validTo));
      },
      "its certificate has expired",
    ],
    [
      () => writeFileSync(join(folder, "ca.pem"), "/etc/hgscim/ca.pem"),
      "`ca` holds no certificate (expected PEM: -----BEGIN CERTIFICATE-----)",
    ],
  ] as const) {
    await prepare();
    const { code, text } = await plan();
    expect(code).toBe(1);
    expect(text).toContain(`the agent at ${h.agent.admin}: ${reason}.`);
    expect(text).toContain("Nothing was sent. Expected delivery.agent.ca to hold the authority of");
    expect(text).toContain(`(${at})`);
    expect(text).not.toContain(h.tokens.deployer);
  }
  install({ hosts: ["127.0.0.1"] });
  expect((await plan()).code).toBe(0);

  // before another one is shown, and after
  const present = readFileSync(join(folder, "ca.pem"), "utf8");
  const next = selfSignedCertificate({ hosts: ["127.0.0.1"] });
  writeFileSync(join(folder, "ca.pem"), `the agent's\n${present}\nthe next one\n${next.pem}`);
  expect((await plan()).code).toBe(0);
  writeFileSync(files().certificate, present + next.pem);
  writeFileSync(files().key, next.key);
  expect(await shownBy(h.agent.admin)).toBe(new X509Certificate(next.pem).serialNumber);
  expect((await plan()).code).toBe(0);
  expect((await plan(() => project.hgscim("history", "local"))).code).toBe(0);
});
