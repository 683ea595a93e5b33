/** The agent's own configuration, `agent.yaml`: what belongs to the host and is never part of a release. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { roles } from "../api/contract.ts";
import { Duration, milliseconds } from "../model/duration.ts";
import { isLoopback, Name } from "../model/environment/common.ts";
import { AccountName } from "../model/environment/subject.ts";
import { Glob } from "../model/glob.ts";
import { coded, issueOf } from "../model/issue.ts";
import { parseAgainst } from "../model/parse.ts";
import type { Checked } from "../model/problem.ts";
import { SecretReference } from "../model/reference.ts";
import { fail, ok } from "../model/result.ts";
import { systemReason } from "../model/system-error.ts";
import { parseText } from "../model/yaml.ts";

const Listener = z
  .strictObject({
    listen: z
      .string()
      .regex(/^(\[[0-9a-f:]+\]|[a-zA-Z0-9.-]+):\d{1,5}$/, { error: "not an address (expected host:port)" })
      .describe("The address to listen on; port 0 takes any free one."),
    tls: z
      .union(
        [
          z.strictObject({
            certificate: z.string().describe("The file with the certificate chain, PEM."),
            key: z.string().describe("The file with its private key, PEM."),
          }),
          z.literal("off"),
        ],
        { error: "not a certificate (expected certificate and key, each a file; or off)" },
      )
      .optional()
      .describe(
        "Its certificate; on loopback the agent's own when absent, and with `off` plain http for a proxy on this host that speaks TLS.",
      ),
  })
  .refine(({ listen, tls }) => (tls && tls !== "off") || isLoopback(listen.replace(/:\d+$/, "")), {
    path: ["tls"],
    params: coded("unprotected-address"),
    error:
      "a listener that other hosts can reach has no certificate (expected certificate and key, or a loopback address)",
  });

const AdminToken = z.strictObject({
  name: Name.describe("What the audit calls whoever holds it."),
  role: z
    .enum(roles)
    .describe("reader: sees; deployer: also activates releases; approver: also releases accounts."),
  account: AccountName.exactOptional().describe(
    "The Mercurial account of the person whose token it is: who may take rights for themselves takes them for it, and nobody decides about what is held of their own.",
  ),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, {
      error: "not a hash (expected the SHA-256 of the token, 64 hexadecimal digits)",
    })
    .describe("The hash of the token, never the token."),
});

const Mail = z
  .strictObject({
    server: z
      .string()
      .regex(/^(\[[0-9a-f:]+\]|[a-zA-Z0-9.-]+):\d{1,5}$/, {
        error: "not an address (expected host:port, such as smtp.example.com:587)",
      })
      .describe("The SMTP server that takes e-mails of the agent."),
    tls: z
      .enum(["starttls", "implicit", "off"])
      .default("starttls")
      .describe("How it is protected: implicit on port 465; off on loopback alone."),
    from: z
      .strictObject({
        address: z.email({ error: "not an e-mail address (expected one such as hgscim@example.com)" }),
        name: z.string().min(1).max(100).optional(),
      })
      .describe("Whose e-mails they are."),
    auth: z
      .strictObject({
        user: z.string().min(1),
        password: SecretReference.describe("A reference, never the password."),
      })
      .optional()
      .describe("How the agent logs in there; not at all when absent."),
    to: z
      .array(
        z.string().regex(/^[^@\s]+@[^@\s]+$/, {
          error: "not a pattern of addresses (expected one such as *@example.com)",
        }),
      )
      .min(1, { error: "nobody (expected whom a release may write to, such as *@example.com)" })
      .describe("Whom a release may write to; * stands for any characters."),
  })
  .refine(({ server, tls }) => tls !== "off" || isLoopback(server.replace(/:\d+$/, "")), {
    path: ["tls"],
    params: coded("unprotected-address"),
    error: "an e-mail server on another host is reached without protection (expected starttls or implicit)",
  });

/** Who looks into yesterday's plans, holds and alerts finds their rows. */
const shortestAudit = milliseconds("30d");

export const AgentConfig = z.strictObject({
  environment: Name.describe("The one environment whose releases this agent runs."),
  data: z.string().describe("The folder of the store; nobody but the agent may read it."),
  access: z
    .string()
    .describe(
      "The access file, in a folder of the agent's own user and the web server's group: nobody else can open it.",
    ),
  watermark: z
    .string()
    .optional()
    .describe(
      "A file on a disk that says how far the audit is, where the access file is on a tmpfs: by it a store is known as a copy from before after a reboot, too.",
    ),
  repositories: z.string().describe("The folder beneath which the repositories are found."),
  scim: Listener.describe("Where identity providers connect."),
  admin: Listener.describe("Where releases come from."),
  socket: z
    .string()
    .optional()
    .describe("The socket for commands on this host, in a folder that only the agent's user can enter."),
  strictModes: z
    .literal("off", { error: "not a mode (expected off, or nothing)" })
    .optional()
    .describe(
      "off: the folders on the way to data, access, socket and this file may be others' to write, as in a container that has no other users.",
    ),
  retention: z
    .strictObject({
      audit: Duration.refine((age) => milliseconds(age) >= shortestAudit, {
        error: "the audit would be forgotten within a month (expected 30d or more)",
      }).describe("How old a row of the audit becomes."),
    })
    .optional()
    .describe("What is forgotten, and when; of the audit nothing when absent."),
  references: z
    .array(z.string().regex(/^ref\+/, { error: "not a pattern of references (expected ref+env://SCIM_*)" }))
    .describe("Which secret references a release may name; * stands for any characters but /."),
  egress: z
    .array(
      z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9.*-]+)(:\d{1,5})?$/i, {
        error: "not a host (expected one such as login.example.com or login.example.com:8443)",
      }),
    )
    .optional()
    .describe(
      "Where a release may make the agent connect to, port 443 where none is named; * stands for any characters but a dot.",
    ),
  host: z
    .strictObject({
      extension: z
        .string()
        .optional()
        .describe(
          "The folder of the extension that Mercurial loads here, which the agent asks when it verifies; /usr/share/hgscim/hgscim where it is there, when absent.",
        ),
      probe: z
        .strictObject({
          url: z
            .url({ protocol: /^https?$/, error: "not an address (expected such as https://hg.example.com/)" })
            .describe("Where people reach the repositories over HTTP."),
          account: AccountName.describe("Who asks there: an account that may read nothing."),
          password: SecretReference.describe("A reference to its password, never the password."),
          repository: z.string().min(1).describe("A repository that is there."),
          ca: z
            .string()
            .optional()
            .describe("The file of the authority of its certificate, PEM, where it is not a public one."),
        })
        .optional()
        .describe("How the agent asks the host itself when it verifies; not at all when absent."),
    })
    .optional()
    .describe("The Mercurial host that this agent is beside."),
  mail: Mail.optional().describe("By whom alerts are sent as e-mails; none can be when absent."),
  tokens: z
    .array(AdminToken)
    .min(1, { error: "no admin token: no release could ever be deployed (expected at least one)" })
    .check(({ value, issues }) => {
      for (const [index, { sha256 }] of value.entries()) {
        const first = value.findIndex((one) => one.sha256 === sha256);
        if (first < index)
          issues.push(
            issueOf(
              "duplicate-item",
              `the hash is that of token "${value[first]?.name}" too (expected a token of its own for each)`,
              value,
              ...[index, "sha256"],
            ),
          );
      }
    }),
});
export type AgentConfig = z.infer<typeof AgentConfig>;
export type Listener = z.infer<typeof Listener>;
export type Mail = z.infer<typeof Mail>;

/** What of it decides about releases. */
export type HostRules = Pick<AgentConfig, "environment" | "repositories" | "references" | "egress"> &
  Partial<Pick<AgentConfig, "tokens" | "mail">>;

/** Reads `agent.yaml`. Relative paths in it start at its own folder. */
export async function loadAgentConfig(file: string): Promise<Checked<AgentConfig>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === "ENOENT"
        ? "no such file (expected the agent's configuration)"
        : `the file cannot be read: ${systemReason(error)}`;
    return fail([
      {
        at: { file, line: 1, column: 1 },
        code: code === "ENOENT" ? "no-such-file" : "unreadable-file",
        message,
      },
    ]);
  }
  const root = parseText(file, text);
  if (!root.ok) return root;
  const config = parseAgainst(AgentConfig, root.value);
  if (!config.ok) return config;
  const at = (path: string) => (isAbsolute(path) ? path : resolve(dirname(file), path));
  const listener = ({ listen, tls }: Listener): Listener =>
    typeof tls === "object"
      ? { listen, tls: { certificate: at(tls.certificate), key: at(tls.key) } }
      : { listen, tls };
  return ok({
    ...config.value,
    data: at(config.value.data),
    access: at(config.value.access),
    repositories: at(config.value.repositories),
    scim: listener(config.value.scim),
    admin: listener(config.value.admin),
    socket: config.value.socket && at(config.value.socket),
    watermark: config.value.watermark && at(config.value.watermark),
    host: config.value.host && {
      ...config.value.host,
      extension: config.value.host.extension && at(config.value.host.extension),
      probe: config.value.host.probe && {
        ...config.value.host.probe,
        ca: config.value.host.probe.ca && at(config.value.host.probe.ca),
      },
    },
  });
}

/** Whether the host's configuration lets a release name this reference. */
export function allowsReference(config: Pick<AgentConfig, "references">, reference: string): boolean {
  // a reference may have a query, so that its question mark is no wildcard
  const wildcards = { stops: "/", question: false };
  return config.references.some((pattern) => new Glob(pattern, wildcards).matches(reference));
}

/** Whether the host's configuration lets a release have e-mails sent to this address. */
export function allowsMailTo({ mail }: Pick<AgentConfig, "mail">, address: string): boolean {
  const wildcards = { stops: "@", question: false };
  return (mail?.to ?? []).some((pattern) =>
    new Glob(pattern.toLowerCase(), wildcards).matches(address.toLowerCase()),
  );
}
