/** Parts of the agent's own configuration: listeners, admin tokens, the e-mail server. */
import { z } from "zod";
import { roles } from "../api/contract.ts";
import { isLoopback, Name } from "../model/environment/common.ts";
import { AccountName } from "../model/environment/subject.ts";
import { coded } from "../model/issue.ts";
import { SecretReference } from "../model/reference.ts";

/** An address, and how it is protected. */
export const Listener = z
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

const TokenHash = z.string().regex(/^[0-9a-f]{64}$/, {
  error: "not a hash (expected the SHA-256 of the token, 64 hexadecimal digits)",
});

/** What somebody may do who shows it. */
export const AdminToken = z.strictObject({
  name: Name.describe("What the audit calls whoever holds it."),
  role: z
    .enum(roles)
    .describe("reader: sees; deployer: also activates releases; approver: also releases accounts."),
  account: AccountName.exactOptional().describe(
    "The Mercurial account of the person whose token it is: who may take rights for themselves takes them for it, and nobody decides about what is held of their own.",
  ),
  sha256: z
    .union(
      [
        TokenHash,
        z
          .array(TokenHash)
          .min(1, { error: "no hash (expected one, or two while the token is replaced)" })
          .max(2, { error: "more than two hashes (expected one, or two while the token is replaced)" }),
      ],
      { error: "not a hash (expected the SHA-256 of the token, or two in a list while it is replaced)" },
    )
    .describe("The hash of the token, never the token; while it is replaced both, the old one first."),
});

/** By whom e-mails are sent. */
export const Mail = z
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

export type AdminToken = z.infer<typeof AdminToken>;
export type Listener = z.infer<typeof Listener>;
export type Mail = z.infer<typeof Mail>;
