import { NullProvider } from "@cdktf/provider-null/lib/provider/index.js";
import { Resource } from "@cdktf/provider-null/lib/resource/index.js";
import type { Construct } from "constructs";
import { canonicalJson } from "../model/canonical.ts";
import { digestsOf } from "../model/digest.ts";
import type { Accept } from "../model/environment/bounds.ts";
import type { Release } from "../model/release.ts";
import { releaseFileName } from "../model/release-file-name.ts";
import { literal } from "./literal.ts";

export interface CommandDeliveryConfig {
  readonly release: Release;
  readonly accept?: Accept | undefined;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The folder in which it runs, as seen from the stack's. */
  readonly workingDir: string;
}

/**
 * Delivery where terraform cannot reach the agent: a `null_resource` that is replaced whenever the release changes, and
 * whose provisioner then hands the release file to the user's own command. Nobody is asked at plan time.
 */
export class CommandDelivery extends Resource {
  constructor(scope: Construct, id: string, { release, accept, command, workingDir }: CommandDeliveryConfig) {
    new NullProvider(scope, "null");
    const { release: digest, policy } = digestsOf(release);
    super(scope, id, {
      triggers: {
        digest,
        policy_digest: policy,
        // outside the digest, and yet to be delivered: without it the host would refuse what was accepted
        ...(accept && { accept: literal(canonicalJson(accept)) }),
      },
      provisioners: [
        {
          type: "local-exec",
          workingDir,
          interpreter: ["/bin/sh", "-c"],
          command: literal(`exec ${command.map(shellWord).join(" ")}`),
          environment: {
            // absolute only when terraform runs: what is synthesized is the same on every machine
            HGSCIM_RELEASE_FILE: `\${abspath(path.module)}/${releaseFileName(digest)}`,
            HGSCIM_ENVIRONMENT: release.environment,
            HGSCIM_DIGEST: digest,
            HGSCIM_POLICY_DIGEST: policy,
          },
        },
      ],
    });
  }
}

/** An argument as a POSIX shell reads it back unchanged (Shell Command Language, section 2.2.2, single-quotes). */
function shellWord(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
