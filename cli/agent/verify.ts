/** `hgscim agent verify`: whether Mercurial goes by what the agent on this host has stored, looked at now. */
import { Command } from "@commander-js/extra-typings";
import { describeFindings } from "../../report/verification.ts";
import { exitCode } from "../exit-code.ts";
import { configOption, localAgent, printLocalError, socketOption } from "./local.ts";

export const command = new Command("verify")
  .description("look whether Mercurial on this host goes by the active release, and change nothing")
  .addOption(configOption)
  .addOption(socketOption)
  .option("--json", "print it for machines")
  .action(
    exitCode(async ({ config, socket, json = false }) => {
      const client = await localAgent({ config, socket });
      if (!client) return 1;
      const answer = await client.verification();
      if (!answer.ok) {
        printLocalError(answer.error);
        return 1;
      }
      const { state, differs, findings, missing } = answer.value;
      const verdict =
        state === "shut" ? "everything is refused" : differs ? "it differs" : "as the release says";
      const lines = [
        verdict,
        ...describeFindings(findings),
        ...describeFindings(missing).map((line) => `not verified: ${line}`),
      ];
      process.stdout.write(`${json ? JSON.stringify(answer.value, null, 2) : lines.join("\n")}\n`);
      return differs || state === "shut" ? 1 : 0;
    }),
  );
