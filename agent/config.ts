/** The agent's own configuration, `agent.yaml`: what belongs to the host and is never part of a release. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { Duration, milliseconds } from "../model/duration.ts";
import { isLoopback, Name } from "../model/environment/common.ts";
import { AccountName } from "../model/environment/subject.ts";
import { Glob } from "../model/glob.ts";
import { issueOf } from "../model/issue.ts";
import { parseAgainst } from "../model/parse.ts";
import type { Checked } from "../model/problem.ts";
import { pointerOf, SecretReference } from "../model/reference.ts";
import { fail, ok } from "../model/result.ts";
import { systemReason } from "../model/system-error.ts";
import { parseText } from "../model/yaml.ts";
import { type KnownStores, storesConfig, whyNoStore } from "../secrets/stores/configuration.ts";
import { AdminToken, Listener, Mail } from "./config-parts.ts";

/** Who looks into yesterday's plans, holds and alerts finds their rows. */
const shortestAudit = milliseconds("30d");

export const AgentConfig = z
  .strictObject({
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
              .url({
                protocol: /^https?$/,
                error: "not an address (expected such as https://hg.example.com/)",
              })
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
    ...storesConfig,
    mail: Mail.optional().describe("By whom alerts are sent as e-mails; none can be when absent."),
    tokens: z
      .array(AdminToken)
      .min(1, { error: "no admin token: no release could ever be deployed (expected at least one)" })
      .check(({ value, issues }) => {
        const owners = new Map<string, string>();
        for (const [index, token] of value.entries())
          for (const [place, hash] of hashesOf(token).entries()) {
            const owner = owners.get(hash);
            owners.set(hash, owner ?? token.name);
            const path = [index, "sha256", ...(Array.isArray(token.sha256) ? [place] : [])];
            if (owner !== undefined)
              issues.push(
                issueOf(
                  "duplicate-item",
                  `the hash is that of token "${owner}" too (expected a token of its own for each)`,
                  value,
                  ...path,
                ),
              );
          }
      }),
  })
  .check(({ value, issues }) => {
    issues.push(...storeIssues(value));
  });
export type AgentConfig = z.infer<typeof AgentConfig>;

/** The hashes by which an admin token is known: while it is replaced two, the old one first. */
export function hashesOf({ sha256 }: Pick<AdminToken, "sha256">): readonly string[] {
  return typeof sha256 === "string" ? [sha256] : sha256;
}

/** What of it decides about releases. */
export type HostRules = Pick<AgentConfig, "environment" | "repositories" | "references" | "egress"> &
  Partial<Pick<AgentConfig, "tokens" | "mail">> &
  KnownStores;

type Stated = Pick<AgentConfig, "references" | "egress" | "vault" | "helpers" | "mail" | "host">;

/** What of a configuration's stores cannot be: a Vault to which it does not let anybody connect, and what no store is there for. */
function storeIssues(config: Stated): z.core.$ZodRawIssue[] {
  const { vault, references, mail, host } = config;
  const issues: z.core.$ZodRawIssue[] = [];
  const tell = (message: string, input: string, ...path: readonly PropertyKey[]) =>
    issues.push({ ...issueOf("unknown-name", message, input, ...path), continue: true });
  if (vault && !allowsEgress(config, new URL(vault.address))) {
    const { hostname, port } = new URL(vault.address);
    const named = port === "" ? hostname : `${hostname}:${port}`;
    tell(`a host that egress does not allow (expected ${named} there)`, vault.address, "vault", "address");
  }
  const own: readonly (readonly [SecretReference | undefined, ...PropertyKey[]])[] = [
    [mail?.auth?.password, "mail", "auth", "password"],
    [host?.probe?.password, "host", "probe", "password"],
    // of a pattern, one that names a helper whole
    ...references.map((pattern, index) => [pattern.replace(/#.*/, ""), "references", index] as const),
  ];
  for (const [reference, ...path] of own) {
    const pointer = reference === undefined ? undefined : pointerOf(reference);
    const why = pointer?.ok ? whyNoStore(config, pointer.value) : undefined;
    if (reference !== undefined && why !== undefined) tell(why, reference, ...path);
  }
  return issues;
}

/** Reads `agent.yaml`. Relative paths in it start at its own folder. */
export async function loadAgentConfig(file: string): Promise<Checked<AgentConfig>> {
  const text = await readAgentConfig(file);
  return text.ok ? parseAgentConfig(file, text.value) : text;
}

/** The text of `agent.yaml`. */
export async function readAgentConfig(file: string): Promise<Checked<string>> {
  try {
    return ok(await readFile(file, "utf8"));
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
}

/** What that text says, read from this file. */
export function parseAgentConfig(file: string, text: string): Checked<AgentConfig> {
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
    vault: config.value.vault && {
      ...config.value.vault,
      ...(config.value.vault.ca !== undefined && { ca: at(config.value.vault.ca) }),
    },
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

/** Whether the host's configuration lets the agent connect there: https, or plain http on this host. */
export function allowsEgress(
  { egress = [] }: Pick<AgentConfig, "egress">,
  { protocol, hostname, port }: URL,
): boolean {
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname))) return false;
  const target = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return egress.some((pattern) => {
    const whole = /:\d+$/.test(pattern) ? pattern : `${pattern}:443`;
    // each * for one character at least: no label of a host's name is empty
    const glob = new Glob(whole.toLowerCase().replaceAll("*", "?*"), { stops: ".:" });
    return glob.matches(target.toLowerCase());
  });
}
