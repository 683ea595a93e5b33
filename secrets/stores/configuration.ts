/** How a host reaches the stores of its secrets: a part of the agent's own configuration, which no release can say. */
import { z } from "zod";
import { Duration, milliseconds } from "../../model/duration.ts";
import { HttpUrl, isLoopback, Name } from "../../model/environment/common.ts";
import { coded } from "../../model/issue.ts";
import { allNear } from "../../model/nearest.ts";
import { LocalReference, type SecretPointer } from "../../model/reference.ts";

/** How old a value becomes where the store does not say: so late at most another one is noticed. */
const usualRefresh = "5m";

const Refresh = Duration.refine((span) => milliseconds(span) > 0, {
  error: "no time at all (expected at least 1s)",
  params: coded("out-of-bounds"),
}).default(usualRefresh);

const MountPath = z.string().regex(/^(?!\.\.?(\/|$))[^\s/#?]+(\/(?!\.\.?(\/|$))[^\s/#?]+)*$/, {
  error: "not a path in Vault (expected one such as kv or team/kv, without a slash at its ends)",
});

const LoginSettings = z
  .strictObject(
    {
      token: LocalReference.exactOptional().describe(
        "A reference to a token, which is renewed as long as Vault allows, and read again when another one is there.",
      ),
      appRole: z
        .strictObject({
          roleId: z
            .union([LocalReference, z.string().regex(/^(?!ref\+)[\x21-\x7e]+$/)])
            .describe("The role's id, or a reference to it: it is no secret by itself."),
          secretId: LocalReference.describe("A reference to the secret id."),
          mount: MountPath.default("approle").describe("Where the method is mounted, below auth/."),
        })
        .exactOptional(),
      kubernetes: z
        .strictObject({
          role: z.string().min(1),
          jwt: LocalReference.default(
            "ref+file:///var/run/secrets/kubernetes.io/serviceaccount/token",
          ).describe("A reference to the service account's token, which is read at each login."),
          mount: MountPath.default("kubernetes").describe("Where the method is mounted, below auth/."),
        })
        .exactOptional(),
    },
    { error: "not a login (expected one of token, appRole, kubernetes)" },
  )
  .refine((login) => Object.keys(login).length === 1, {
    error: "not one way to log in (expected exactly one of token, appRole, kubernetes)",
    params: coded("conflicting-keys"),
  });
export type LoginSettings = z.infer<typeof LoginSettings>;

/** A Vault or an OpenBao. */
export const VaultConfig = z.strictObject({
  address: HttpUrl.refine((url) => new URL(url).protocol === "https:" || isLoopback(new URL(url).hostname), {
    error: "a Vault that is not on this host is reached by https only (expected https://…)",
    params: coded("unprotected-address"),
  }).describe("Where it answers, without /v1. `egress` must allow it too."),
  ca: z
    .string()
    .exactOptional()
    .describe("The file of the authority of its certificate, PEM, where it is not a public one."),
  namespace: MountPath.exactOptional().describe("The namespace in which everything is."),
  login: LoginSettings.describe("How the agent logs in: its secrets are of ref+env or ref+file."),
  mounts: z
    .record(MountPath, z.literal([1, 2], { error: "not a version of KV (expected 1 or 2)" }))
    .exactOptional()
    .describe(
      "The versions of KV mounts; Vault is asked for those that are not here (sys/internal/ui/mounts).",
    ),
  refresh: Refresh.describe(
    "How old a value becomes before it is read again; less where its lease_duration is less.",
  ),
});
export type VaultConfig = z.infer<typeof VaultConfig>;

/** The longest that a program may take: a deploy waits for it. */
const longestTimeout = milliseconds("1m");

/** A program that prints secrets. */
export const HelperConfig = z.strictObject({
  command: z
    .array(z.string())
    .min(1, { error: "no program (expected a program and its arguments)" })
    .refine(([program = ""]) => program.startsWith("/"), {
      path: [0],
      error: "not the absolute path of a program (expected one such as /usr/bin/sops)",
    })
    .describe("The program and its arguments, each as it is: no shell reads them."),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .exactOptional()
    .describe("All of its environment beside PATH and LANG: it has none of the agent's."),
  timeout: Duration.refine((span) => milliseconds(span) > 0 && milliseconds(span) <= longestTimeout, {
    error: "not a time that a deploy can wait (expected 1s to 1m)",
    params: coded("out-of-bounds"),
  })
    .default("10s")
    .describe("After how long it is ended."),
  refresh: Refresh.describe("How old what it printed becomes before it is run again."),
});
export type HelperConfig = z.infer<typeof HelperConfig>;

/** All stores of a host. */
export const storesConfig = {
  vault: VaultConfig.optional().describe("The Vault or OpenBao that ref+vault is of; none when absent."),
  helpers: z
    .record(Name, HelperConfig)
    .optional()
    .describe("The programs that ref+exec is of, by their names; none when absent."),
};

/** Which stores there are. */
export interface KnownStores {
  readonly vault?: object | undefined;
  readonly helpers?: Readonly<Record<string, object>> | undefined;
}

export interface StoresConfig extends KnownStores {
  readonly vault?: VaultConfig | undefined;
  readonly helpers?: Readonly<Record<string, HelperConfig>> | undefined;
}

/** Why nobody can be asked for what a reference points at; undefined where somebody can, by the host's configuration. */
export function whyNoStore({ vault, helpers = {} }: KnownStores, pointer: SecretPointer): string | undefined {
  if (pointer.kind === "vault" && !vault)
    return "the agent's configuration names no Vault (see vault in agent.yaml)";
  if (pointer.kind !== "exec" || Object.hasOwn(helpers, pointer.helper)) return undefined;
  return `the agent's configuration has no helper of that name${meant(pointer.helper, Object.keys(helpers))} (see helpers in agent.yaml)`;
}

/** The names that were probably meant, as the middle of a sentence; empty where none is near. */
export function meant(name: string, names: readonly string[]): string {
  const near = allNear(name, names).slice(0, 3);
  return near.length > 0 ? `, did you mean ${near.join(" or ")}?` : "";
}
