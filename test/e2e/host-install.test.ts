/** From a company's Apache host of five repositories to the first refused push, by `hgscim host install`: real Apache, sshd and agent on a machine of their own. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { releaseFileText } from "../../model/release-file.ts";
import type { ReleaseShape } from "../agent/harness.ts";
import { long } from "../long.ts";
import { Machine } from "./machine/machine.ts";

let machine: Machine;
const hr = "urn:example:hr:2.0:User";
const ids: Record<string, string> = {};
const keys: Record<string, string> = {};
const token = "0123456789abcdef0123456789abcdef";
const password = "correct";

const oldSite = `<VirtualHost *:443>
  ServerName localhost
  SSLEngine on
  SSLCertificateFile /etc/ssl/hg.pem
  SSLCertificateKeyFile /etc/ssl/hg.key
  WSGIScriptAlias /hg /srv/hgweb.wsgi
  <Location />
    AuthType Basic
    AuthName hg
    AuthUserFile /etc/apache2/people
    Require valid-user
  </Location>
</VirtualHost>
`;

beforeAll(async () => {
  machine = await Machine.make();
  await machine.write("/etc/apache2/sites-available/hg.conf", oldSite);
  await machine.write(
    "/srv/hgweb.wsgi",
    "from mercurial.hgweb import hgweb\napplication = hgweb(b'/srv/hgweb.config')\n",
  );
  await machine.write("/srv/hgweb.config", "[paths]\n/ = /srv/hg/**\n[web]\nallow_push = *\n");
  await machine.sh(`cd /root
openssl req -x509 -newkey rsa:2048 -nodes -days 60 -subj /CN=localhost -keyout /etc/ssl/hg.key -out /etc/ssl/hg.pem 2>/dev/null
for name in ada rob eve; do
  echo "$name:$(openssl passwd -apr1 ${password})" >> /etc/apache2/people
  ssh-keygen -q -t ed25519 -N '' -C '' -f /root/$name
done
ssh-keygen -A
for name in core/api core/web docs lab site; do
  mkdir -p /srv/hg/$name && cd /srv/hg/$name && hg init && echo $name > README && hg commit -u tester -qAm first
done
printf '[hooks]\\nincoming = true\\n' > /srv/hg/lab/.hg/hgrc
chown -R www-data: /srv/hg
a2enmod -q ssl wsgi && a2dissite -q 000-default && a2ensite -q hg && systemctl restart apache2`);
  for (const name of ["ada", "rob", "eve"]) keys[name] = (await machine.sh(`cat /root/${name}.pub`)).trim();
});
afterAll(() => machine?.end());

/** Where repositories begin in addresses: as in the site of before. */
let path = "/hg";
const web = (account: string) => `https://${account}:${password}@localhost${path}/core/api`;
const overHttp = (account: string, command: string, ...args: string[]) =>
  machine.hg(command, "--insecure", ...args, web(account));
const overSsh = (account: string, command: string, ...args: string[]) => {
  const options = [
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
  ];
  const ssh = ["ssh", "-i", `/root/${account}`, ...options.map((option) => `-o${option}`)].join(" ");
  return machine.hg(command, "--ssh", ssh, ...args, "ssh://hg@localhost/core/api");
};

/** As the identity provider asks, through the web server or beside it. */
async function scim(base: string, method: string, path: string, body: object): Promise<ReleaseShape> {
  const words = ["-H", `Authorization: Bearer ${token}`, "-H", "Content-Type: application/scim+json"];
  const asked = ["-sk", "--fail-with-body", "-X", method, ...words, "-d", JSON.stringify(body)];
  const { code, stdout, stderr } = await machine.run("curl", ...asked, `${base}/scim/okta/v2${path}`);
  expect(code, stdout + stderr).toBe(0);
  return JSON.parse(stdout);
}

async function release(): Promise<ReleaseShape> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const made: ReleaseShape = structuredClone(loaded.value.release);
  made.secrets["okta-token"].refs = ["ref+file:///etc/hgscim/secrets/okta"];
  const { okta } = made.connectors;
  okta.extensions = { hr: { schema: hr, attributes: { sshKeys: { type: "string", multiValued: true } } } };
  okta.mapping.keys = "user.?hr.?sshKeys.orValue([])";
  return made;
}

test("the agent alone is laid down and started, and nothing changes for who is served", async () => {
  expect(await overHttp("eve", "identify")).toMatchObject({ code: 0 });
  const alone = ["--environment", "local", "--web", "none", "--no-ssh", "--start"];
  const done = await machine.hgscim("host", "install", ...alone, "--yes");
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 });
  expect(await machine.sh("stat -c '%U:%G %a' /var/lib/hgscim /run/hgscim /run/hgscim/access.db")).toBe(
    "hgscim:hgscim 700\nhgscim:hg 2750\nhgscim:hg 640\n",
  );
  await machine.write("/etc/hgscim/secrets/okta", token, "0600");
  await machine.sh("chown hgscim: /etc/hgscim/secrets/okta");
  const made = await release();
  await machine.write("/root/release.json", releaseFileText({ release: made, sources: {} }));
  const config = ["--config", "/etc/hgscim/agent.yaml"];
  // nothing passes the provider's requests on yet
  const loaded = await machine.hgscim("agent", "load", "/root/release.json", ...config, "--no-preflight");
  expect(loaded, loaded.stdout + loaded.stderr).toMatchObject({ code: 0 });
  expect(loaded.stdout).toContain(digestsOf(made).release);
  const beside = "http://127.0.0.1:7480";
  for (const name of ["ada", "rob", "eve"]) {
    const user = { userName: `${name}@example.com`, active: true, [hr]: { sshKeys: [keys[name]] } };
    ids[name] = (await scim(beside, "POST", "/Users", user)).id;
  }
  for (const [displayName, names] of Object.entries({ engineering: ["ada", "rob"], "core-team": ["ada"] }))
    await scim(beside, "POST", "/Groups", {
      displayName,
      members: names.map((name) => ({ value: ids[name] })),
    });
  expect(await overHttp("eve", "identify")).toMatchObject({ code: 0 });
});

test("the switch closes what serves without hgscim, names it, and a repeat does nothing", async () => {
  const unfit = ["--web", "apache", "--ssh", "--user", "games", "--root", "/srv/none"];
  const sentences = [
    "hgscim: /srv/none: no such folder (expected --root with that of the repositories)",
    "hgscim: the user games has the shell /usr/sbin/nologin, so sshd runs nothing for it (expected usermod --shell /bin/sh games, or another --user)",
  ];
  expect(await machine.hgscim("host", "install", ...unfit, "--yes")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `${sentences.join("\n")}\n`,
  });
  const done = await machine.hgscim("host", "install", "--web", "apache", "--ssh", "--yes");
  expect(done, done.stderr).toMatchObject({ code: 0, stderr: "" });
  for (const text of [
    "certificate  /etc/ssl/hg.pem",
    "  lab: hooks.incoming\n",
    "path         /hg",
    "  /etc/apache2/sites-enabled/hg.conf:6: WSGIScriptAlias /hg /srv/hgweb.wsgi (serves /srv/hg)\n",
    "  a2dissite hg ",
    "  chown -R 'hg:hg' /srv/hg ",
  ])
    expect(done.stdout).toContain(text);
  expect((await machine.hgscim("host", "install", "--yes")).stdout).toContain("nothing to do");
  await machine.sh("systemctl restart apache2");
  for (const account of ["ada", "eve"])
    expect((await overHttp(account, "identify")).code, "the site of before is closed").not.toBe(0);
});

test("once the old site is off, it lets in as the access file says, over HTTP and SSH", async () => {
  await machine.sh("a2dissite -q hg; chown -R hg:hg /srv/hg; mv /etc/ssl/hg.key /etc/ssl/away");
  // Apache would start no more, with none of its sites
  expect(await machine.hgscim("host", "install", "--yes", "--start")).toMatchObject({
    code: 1,
    stderr:
      "hgscim: its key is not there yet, so nothing was started (expected it, as by: install -m 0600 -g root FILE /etc/ssl/hg.key)\n",
  });
  await machine.sh("test ! -e /etc/apache2/sites-enabled/hgscim.conf; mv /etc/ssl/away /etc/ssl/hg.key");
  const done = await machine.hgscim("host", "install", "--yes", "--start");
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 });
  const names = ["http", "ssh"];
  for (const [index, over] of [overHttp, overSsh].entries()) {
    const work = `/root/${names[index]}`;
    expect((await over("eve", "identify")).output).toContain(
      "eve may not read repository core/api: the read right is missing; ask the administrators of",
    );
    const cloned = await machine.hg("clone", "-q", "/srv/hg/core/api", work);
    expect(cloned, cloned.output).toMatchObject({ code: 0 });
    expect((await over("rob", "pull", "-R", work)).output).toContain("no changes found");
    await machine.sh(`cd ${work} && echo ${work} > new && HGRCPATH= hg commit -u tester -qAm new`);
    expect((await over("rob", "push", "-R", work)).output).toContain(
      "rob may not write to repository core/api: the write right is missing",
    );
    expect(await over("ada", "push", "-R", work)).toMatchObject({ code: 0 });
  }
  expect(await machine.sh("find /srv/hg ! -user hg")).toBe("");
});

test("host check finds nothing wrong with it", async () => {
  await machine.write("/root/password", password, "0600");
  await machine.sh('echo "localhost $(cat /root/eve.pub)" > /root/others');
  const web = ["--url", "https://localhost/hg/", "--ca", "/etc/ssl/hg.pem", "--as", "eve:/root/password"];
  const ssh = ["--ssh", "hg@localhost", "--ssh-as", "eve:/root/eve"];
  const token = ["--plan-token", "/etc/hgscim/tokens/reader"];
  const done = await machine.hgscim("host", "check", ...web, ...ssh, ...token, "--repository", "core/api");
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: "" });
  expect(done.stdout.match(/refused by the extension, with the agent's mark/g)).toHaveLength(3);
  const untrusting = ["--url", "https://localhost/hg/", ...ssh, "--known-hosts", "/root/others"];
  const told = await machine.hgscim("host", "check", ...untrusting);
  expect(told.code).toBe(1);
  expect(told.stdout).toContain("to mend: give --ca the file of the certificate's authority");
  expect(told.stdout.match(/to mend: give --known-hosts a file with the key/g)).toHaveLength(3);
});

test("who is deactivated through the web server is out at once, and a reboot lets nobody in before the agent is there", async () => {
  await scim("https://localhost", "PATCH", `/Users/${ids.ada}`, {
    Operations: [{ op: "replace", path: "active", value: false }],
  });
  expect((await overHttp("ada", "identify")).output).toContain("the account is deactivated");
  expect((await overSsh("ada", "identify")).output).toContain("Permission denied (publickey)");
  await machine.sh("systemctl stop hgscim; rm -r /run/hgscim");
  for (const over of [overHttp, overSsh]) expect((await over("rob", "identify")).code).not.toBe(0);
  await machine.sh("systemctl restart hgscim");
  for (const over of [overHttp, overSsh]) {
    expect(await over("rob", "identify")).toMatchObject({ code: 0 });
    expect((await over("ada", "identify")).code).not.toBe(0);
  }
});

long("with nginx and gunicorn in Apache's place everybody has what they had", async () => {
  await machine.sh("systemctl stop apache2");
  const nginx = ["host", "install", "--web", "nginx", "--no-ssh", "--yes", "--start"];
  expect((await machine.hgscim(...nginx)).stderr).toContain(
    '--path is "/hg", as before: behind nginx repositories begin at /',
  );
  path = "";
  const done = await machine.hgscim(...nginx, "--path", "/");
  expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 });
  await vi.waitFor(async () => expect(await overHttp("rob", "identify")).toMatchObject({ code: 0 }), 60_000);
  expect((await overHttp("eve", "identify")).output).toContain("the read right is missing");
  expect((await overHttp("ada", "identify")).output).toContain("the account is deactivated");
  await scim("https://localhost", "PATCH", `/Users/${ids.ada}`, {
    Operations: [{ op: "replace", path: "active", value: true }],
  });
  const work = "/root/nginx";
  await machine.sh(
    `cp -r /root/http ${work} && cd ${work} && echo > more && HGRCPATH= hg commit -u tester -qAm more`,
  );
  expect((await overHttp("rob", "push", "-f", "-R", work)).output).toContain("the write right is missing");
  expect(await overHttp("ada", "push", "-f", "-R", work)).toMatchObject({ code: 0 });
});
