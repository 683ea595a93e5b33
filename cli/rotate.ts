/** `hgscim rotate`: on the agent's host, leads through replacing an admin token or a listener's certificate, and goes on where it was left. */
import { Command, Option } from "@commander-js/extra-typings";
import { Duration } from "../model/duration.ts";
import { exitCode } from "./exit-code.ts";
import { UsageError } from "./usage.ts";

const quietOption = new Option("--quiet <duration>", "for how long the old token must not have come")
  .default("1h" as Duration)
  .argParser((text): Duration => {
    if (Duration.safeParse(text).success) return text;
    throw new UsageError(`--quiet is "${text}" (expected a duration such as 30m or 1h)`);
  });

export const command = new Command("rotate")
  .description("replace an admin token or a certificate on the agent's host, without a gap")
  .option("--admin-token <name>", "the token of this name in agent.yaml")
  .addOption(
    new Option("--certificate <listener>", "the certificate of this listener").choices(["scim", "admin"]),
  )
  .option("--config <file>", "the agent's configuration", "/etc/hgscim/agent.yaml")
  .option("--value-from <file>", "the new token, in place of one that is made; - for standard input")
  .option("--to <file>", "where the new token is put, readable by its owner alone")
  .option("--show", "show the new token once, at this terminal")
  .option("--again", "the new token was lost: make another in its place")
  .addOption(quietOption)
  .option("--now", "withdraw the old token now, whoever still comes with it")
  .option("--once", "do what can be done now, and wait for nobody: exit code 1 where it is not over")
  .option("--from <files>", "the new certificate and its key: new.pem,new.key")
  .option("--self-signed", "make the new certificate, where the present one is its own authority")
  .option("--json", "print it for machines")
  .action(
    exitCode(async ({ adminToken, certificate, from, selfSigned = false, ...options }) => {
      const { config, json = false } = options;
      if ((adminToken === undefined) === (certificate === undefined))
        throw new UsageError("what is to be replaced? (expected --admin-token or --certificate)");
      if (adminToken === undefined && certificate !== undefined) {
        refuseOptions("--certificate", {
          "--value-from": options.valueFrom,
          "--to": options.to,
          ...{ "--show": options.show, "--again": options.again, "--now": options.now },
          "--once": options.once,
        });
        const { rotateCertificate } = await import("./rotate/certificate.ts");
        return rotateCertificate({
          listener: certificate as "scim" | "admin",
          config,
          from,
          selfSigned,
          json,
        });
      }
      refuseOptions("--admin-token", { "--from": from, "--self-signed": selfSigned || undefined });
      const { show = false, again = false, now = false, once = false, valueFrom, to, quiet } = options;
      const { rotateAdminToken } = await import("./rotate/admin-token.ts");
      return rotateAdminToken({
        ...{ name: adminToken ?? "", config, valueFrom, to, show, again, quiet, now, once, json },
      });
    }),
  );

/** @throws {UsageError} for an option that says nothing about what is replaced */
function refuseOptions(about: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`${given} says nothing about ${about} (expected it without)`);
}
