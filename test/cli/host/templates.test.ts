/** What `hgscim host install` lays onto a host is what the guides show. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { execLine, rendered } from "../../../cli/host/install/template.ts";
import { packageFile } from "../../../model/package.ts";

const guides = ["web-servers", "ssh", "agent"]
  .map((name) => readFileSync(`docs/${name}.md`, "utf8"))
  .join("\n");
const blocks = [...guides.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);

/** What the guides have in the places of names. */
const values = {
  environment: "production",
  access: "/var/lib/hgscim-access/access.db",
  accessFolder: "/var/lib/hgscim-access",
  root: "/srv/hg",
  contact: "hg-admins@example.com",
  user: "hg",
  path: "/",
  server: "hg.example.com",
  certificate: "/etc/hgscim/tls.pem",
  key: "/etc/hgscim/tls.key",
  passwords: "/etc/hgscim/htpasswd",
  program: "/usr/bin/node /opt/hgscim/dist/cli/main.js",
  config: /HGRCPATH=(\S+)/.exec(guides)?.[1] ?? "",
};

/** What stands in no guide: what the guides have a person make, and what is said of a choice of the installation's own. */
const own = [
  "/etc/hgscim/agent.yaml",
  "/etc/hgscim/hgweb.config.ssh",
  "/etc/hgscim/proxy-header.conf",
  "/etc/systemd/system/apache2.service.d/hgscim.conf",
  "/etc/tmpfiles.d/hgscim.conf",
];

const folder = packageFile("cli/host/install/template");
const templates = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(folder.length))
  .filter((path) => !own.includes(path));

test.each(templates)("%s is a block of a guide", (path) => {
  expect(blocks).toContain(rendered(path, values));
});

test("systemd reads a command line as the words that it was made of", () => {
  const words = ["/opt/a b/node", '--title=50% "quoted"', "/c:\\d", "$HOME"];
  expect(execLine(words)).toBe('"/opt/a b/node" "--title=50%% \\"quoted\\"" "/c:\\\\d" $$HOME');
});
