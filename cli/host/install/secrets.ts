/** The secrets that an installation makes once: the admins' tokens, and by what nginx proves itself. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "../../../model/result.ts";
import { systemReason } from "../../../model/system-error.ts";

export const tokenFile = (role: string) => `/etc/hgscim/tokens/${role}`;
export const proxySecretFile = "/etc/hgscim/proxy-secret";

/** A secret of a host, which is never printed. */
export interface HostSecret {
  /** Undefined where this user may not read it, and where it is yet to be made. */
  readonly value: string | undefined;
  readonly isThere: boolean;
}

/**
 * Looks for a secret.
 *
 * @returns a sentence for a file that has none
 */
export function readSecret(path: string): Result<HostSecret, string> {
  try {
    const value = readFileSync(path, "utf8").trim();
    if (/^[!-+\--~]{32,}$/.test(value)) return ok({ value, isThere: true });
    return fail(
      `${path}: no token (expected one line of 32 characters or more; without the file one is made)`,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return ok({ value: undefined, isThere: false });
    if (code === "EACCES") return ok({ value: undefined, isThere: true });
    return fail(`${path}: ${systemReason(error)}`);
  }
}

export const makeSecret = (): string => randomBytes(32).toString("hex");

/** What agent.yaml has of a token. */
export const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");
