/** One attempt to deliver by e-mail, to the server that the host's configuration names. */
import type { Milliseconds } from "../../model/time.ts";
import { isoTime } from "../../report/time.ts";
import type { Mail } from "../config-parts.ts";
import type { Payload } from "./payload.ts";
import { type Attempt, failed } from "./webhook.ts";

/** In which each step of the exchange must be done, and all of it. */
const patience: Milliseconds = 10_000;
const longest: Milliseconds = 30_000;

/** An e-mail. */
export interface Message {
  /** The same for each attempt. */
  readonly id: string;
  readonly to: readonly string[];
  readonly payload: Payload;
}

/**
 * Sends one.
 *
 * @param password what the reference of the configuration points at; undefined where the server wants none
 */
export async function sendMail(
  mail: Mail,
  password: string | undefined,
  { id, to, payload }: Message,
  signal: AbortSignal,
): Promise<Attempt> {
  const { transportTo } = await import("./transport.ts");
  const transport = transportTo(mail, password, patience);
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<Attempt>((resolve) => {
    timer = setTimeout(() => resolve(failed(`it did not answer within ${longest / 1_000} s`)), longest);
    signal.addEventListener("abort", () => resolve(failed("the agent stopped")), { once: true });
  });
  const { text, data } = payload;
  const sent = transport
    .sendMail({
      // addresses and names as objects: in one text a name could be read as another address
      from: { name: mail.from.name ?? "hgscim", address: mail.from.address },
      to: to.map((address) => ({ name: "", address })),
      subject: subjectOf(payload),
      text: bodyOf(text, data),
      messageId: `<${id}@${mail.from.address.split("@")[1]}>`,
      headers: { "Auto-Submitted": "auto-generated", "X-Hgscim-Matter": data.matter },
    })
    .then((): Attempt => ({ kind: "taken" }))
    .catch((error: unknown) => failed(reasonOf(error)));
  try {
    return await Promise.race([sent, end]);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** One line, whatever names from outside are in it. */
function subjectOf({ type, data }: Payload): string {
  const what = [data.connector, data.rule].filter(Boolean).join(" ");
  const times = data.count > 1 ? ` (${data.count} times)` : "";
  return `[hgscim ${data.environment}] ${type.replace(/^hgscim\./, "")}${what && `: ${what}`}${times}`;
}

function bodyOf(text: string, { matter, owner, count, since }: Payload["data"]): string {
  return [
    text,
    "",
    `Matter: ${matter}`,
    ...(owner === undefined ? [] : [`Owner: ${owner}`]),
    ...(count > 1 ? [`Events: ${count} since ${isoTime(Date.parse(since))}`] : []),
    "",
  ].join("\n");
}

/** By the codes of nodemailer and SMTP: the sentences of others name hosts and people. */
function reasonOf(error: unknown): string {
  const { code, responseCode, command } = error as {
    readonly code?: string;
    readonly responseCode?: number;
    readonly command?: string;
  };
  if (responseCode !== undefined) return `the e-mail server answered ${responseCode} to ${command ?? "it"}`;
  return `the e-mail server cannot be reached${code === undefined ? "" : ` (${code})`}`;
}
