/**
 * Asks the Mercurial host as an account that may read nothing, at the address where people come: it must be refused by the extension, with
 * what the agent laid down in the access file for this moment. So `hgscim host check` does, with more.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { exchange } from "../../api/http.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemSentence } from "../../model/system-error.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Probed } from "./access-rows.ts";

export interface HostProbe {
  /** Where people reach the repositories over HTTP. */
  readonly url: string;
  readonly account: string;
  /** A reference to the account's password. */
  readonly password: string;
  /** A repository that it may not read. */
  readonly repository: string;
  /** The file of the authority of the host's certificate, PEM. */
  readonly ca?: string | undefined;
}

interface Asking {
  /** What a reference points at. */
  readonly resolve: (reference: string) => Promise<Result<string, string>>;
  /** Has Mercurial tell a nonce to who asks as an account and is refused; null: no longer. */
  readonly mark: (account: string, probe: Probed | null) => Promise<void>;
  readonly now: Time;
  readonly patience: Milliseconds;
}

/** For how long a mark is told that nobody takes away. */
const lifetime: Milliseconds = 60_000;

/** The last of those that ask: each marks the account, and one mark takes the place of another. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Asks, behind whoever asks already.
 *
 * @returns what is wrong with the answer, as sentences; or why there is none that says anything
 */
export function askHost(probe: HostProbe, asking: Asking): Promise<Result<string[], string>> {
  const asked = last.then(() => askedNow(probe, asking));
  last = asked.catch(() => undefined);
  return asked;
}

async function askedNow(
  { url, account, password, repository, ca }: HostProbe,
  { resolve, mark, now, patience }: Asking,
): Promise<Result<string[], string>> {
  const secret = await resolve(password);
  if (!secret.ok) return fail(secret.error);
  const nonce = randomBytes(16).toString("hex");
  try {
    const authority = ca === undefined ? undefined : await readFile(ca, "utf8");
    await mark(account, { nonce, until: now + lifetime });
    const path = repository.split("/").map(encodeURIComponent).join("/");
    const answer = await exchange({
      method: "GET",
      url: new URL(`${url.replace(/\/+$/, "")}/${path}?cmd=capabilities`),
      headers: {
        authorization: `Basic ${Buffer.from(`${account}:${secret.value}`).toString("base64")}`,
      },
      ca: authority,
      timeout: patience,
    });
    if (!answer.ok) return fail(`no answer from ${url}: ${answer.error.reason}`);
    return judged(url, account, nonce, answer.value);
  } catch (error) {
    return fail(`it cannot be asked: ${systemSentence(error as Error)}`);
  } finally {
    await mark(account, null).catch(() => undefined);
  }
}

function judged(
  url: string,
  account: string,
  nonce: string,
  { status, reason, body }: { readonly status: number; readonly reason: string; readonly body: string },
): Result<string[], string> {
  const said = `${reason}\n${body}`;
  if (status === 403 && said.includes(`(probe ${nonce})`)) return ok([]);
  if (status >= 200 && status < 300) return ok([`${url} lets ${account} in, who may read nothing`]);
  if (status === 403 && /may not read repository/.test(said))
    return ok([`${url} refuses ${account} by another access file than the agent's`]);
  const cannot = /access cannot be checked[^\n<]*/.exec(said);
  if (cannot) return ok([`${url} refuses everything: ${cannot[0]}`]);
  // a password that is not taken, a server that is down: it says nothing of the extension
  return fail(`${url} answers ${status} ${reason}`);
}
