/** `hgscim rotate`: replaces what somebody proves by who they are, without a gap, and goes on where it was left; each kind in the file of its name. */
import { Command, Option } from "@commander-js/extra-typings";
import { Duration } from "../model/duration.ts";
import { exitCode } from "./exit-code.ts";
import { tokenOption } from "./owners/options.ts";
import { UsageError } from "./usage.ts";

const quietOption = new Option(
  "--quiet <duration>",
  "of an admin token: for how long the old one must not have come, 1h when absent; of a certificate: for how long the new one lies beside, 1d; a secret has its own quiet, in the file",
).argParser((text): Duration => {
  if (Duration.safeParse(text).success) return text;
  throw new UsageError(`--quiet is "${text}" (expected a duration such as 30m or 1h)`);
});

/** What each kind takes, by the options' names. */
const kinds = {
  "a secret": ["valueFrom", "show", "once", "now", "undo", "yes", "json", "token"],
  "--admin-token": [
    ...([
      "config",
      "valueFrom",
      "to",
      "show",
      "again",
      "quiet",
      "now",
      "once",
      "undo",
      "yes",
      "json",
    ] as const),
  ],
  "--certificate": ["config", "from", "selfSigned", "quiet", "now", "once", "undo", "yes", "json"],
} as const;

const usualConfig = "/etc/hgscim/agent.yaml";

export const command = new Command("rotate")
  .description(
    "replace the token of a connector without a gap; on the agent's host also an admin token or a certificate",
  )
  .argument("[environment]", "one name or file")
  .argument("[secret]", "the entry of secrets, with two references")
  .option("--admin-token <name>", "the token of this name in agent.yaml")
  .addOption(
    new Option("--certificate <listener>", "the certificate of this listener").choices(["scim", "admin"]),
  )
  .option("--config <file>", `the agent's configuration, ${usualConfig} when absent`)
  .option("--value-from <file>", "the new value is there, - for standard input; else one is made")
  .option("--show", "show the new value, once, on this terminal")
  .option("--to <file>", "of an admin token: where it is put, readable by its owner alone")
  .option("--again", "of an admin token: the new one was lost, make another in its place")
  .addOption(quietOption)
  .option("--once", "do what can be done now, and wait for nothing: 0 done, 1 not yet")
  .option("--now", "withdraw the old value at once, whoever still comes with it or trusts it alone")
  .option("--undo", "take the new value back")
  .option("--from <files>", "of a certificate: the new one and its key, new.pem,new.key")
  .option("--self-signed", "of a certificate: make it, where the present one is its own authority")
  .option("--yes", "nothing is asked")
  .option("--json", "print where it stands for machines, when it is over")
  .addOption(tokenOption)
  .action(
    exitCode(async (environment, secret, { adminToken, certificate, ...options }) => {
      const named = [environment, adminToken, certificate].filter((one) => one !== undefined);
      if (named.length !== 1)
        throw new UsageError(
          "what is to be replaced? (expected an environment and its secret, --admin-token or --certificate)",
        );
      const { config = usualConfig, valueFrom, to, quiet, from } = options;
      const { show = false, again = false, now = false, once = false, json = false } = options;
      const { undo = false, yes = false } = options;
      if (environment !== undefined) {
        if (secret === undefined)
          throw new UsageError("which secret? (expected its name behind the environment's)");
        refuseOthers("a secret", options);
        const { rotateSecret } = await import("./rotate/secret.ts");
        return rotateSecret(environment, secret, options);
      }
      if (adminToken !== undefined) {
        refuseOthers("--admin-token", options);
        const { rotateAdminToken } = await import("./rotate/admin-token.ts");
        return rotateAdminToken({
          ...{ name: adminToken, config, valueFrom, to, show, again, now, once, undo, yes, json },
          quiet: quiet ?? "1h",
        });
      }
      refuseOthers("--certificate", options);
      const { rotateCertificate } = await import("./rotate/certificate.ts");
      return rotateCertificate({
        listener: certificate as "scim" | "admin",
        ...{ config, from, selfSigned: options.selfSigned ?? false, quiet: quiet ?? "1d" },
        ...{ now, once, undo, yes, json },
      });
    }),
  );

/** @throws {UsageError} for an option that says nothing about what is replaced */
function refuseOthers(kind: keyof typeof kinds, options: Readonly<Record<string, unknown>>): void {
  const taken: readonly string[] = kinds[kind];
  const other = Object.keys(options).find((name) => options[name] !== undefined && !taken.includes(name));
  if (other === undefined) return;
  const flag = `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`${flag} says nothing about ${kind} (expected it without)`);
}
