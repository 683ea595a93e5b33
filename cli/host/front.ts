/**
 * What a Mercurial host answers at an address: to a stranger, to a wrong password, to whoever says who they are in a header, and to an
 * account that may not read. The last refusal must have in it what the agent laid down in the access file for this moment: a web
 * server's own 401, and what another access file says, look the same on a host that is open.
 */
import type { Probe } from "../../api/contract.ts";
import { isLoopback } from "../../model/environment/common.ts";
import type { Milliseconds } from "../../model/time.ts";
import { askFront, type FrontAnswer, noPassword } from "./ask.ts";
import { type HostFinding, open, unchecked, well, wrong } from "./finding.ts";

export interface Front {
  readonly url: URL;
  /** The authority of its certificate, PEM; absent: the public ones. */
  readonly ca?: string | undefined;
  /** A repository, which should be there: of one that is not, an open host says so. */
  readonly repository: string;
  /** Those that a stranger asks for as well: one may lie open among others. */
  readonly others?: readonly string[];
  /** Headers by which a proxy says who asks. */
  readonly headers?: readonly string[];
  /** Who may read nothing, and what the agent marks their refusals with. */
  readonly as?:
    | { readonly account: string; readonly password: string; readonly probe: Pick<Probe, "nonce"> }
    | undefined;
}

/** What proxies commonly name who asks by, and what becomes the same to a server. */
const identityHeaders = ["X-Remote-User", "X_Remote_User", "Remote-User", "X-Forwarded-User"];

/** How long before its end a certificate is told. */
export const certificateAhead: Milliseconds = 30 * 86_400_000;

/** By these a refusal is known as one of hgscim's, or of Mercurial's: whoever reads it has passed the web server. */
const past =
  /authentication is required|this host is not set up|access cannot be checked|nobody has judged|may not read repository|there is no repository|(read|pull) not authorized/;

/** Asks at one address. */
export async function checkFront(front: Front): Promise<HostFinding[]> {
  const { as } = front;
  const at = (what: string) => `${front.url.href}: ${what}`;
  const first = await ask(front, {});
  if (!first.ok)
    return [
      wrong(
        at("answers"),
        first.error,
        "an answer",
        /certificate/.test(first.error)
          ? "give --ca the file of the certificate's authority, or of the certificate where it is its own; or correct --url"
          : "start the web server, or correct --url",
      ),
    ];
  const forged = Object.fromEntries(
    [...new Set([...identityHeaders, ...(front.headers ?? [])])].map((name) => [
      name,
      as?.account ?? "hgscim-probe",
    ]),
  );
  return [
    ...transport(front, first.value, at("TLS")),
    await strangerAnywhere(at("a stranger"), front, first.value),
    await kept(
      at("a stranger with an identity of their own in a header"),
      front,
      { headers: forged },
      {
        expected: "what a client says of itself counts for nothing",
        mend: "let no header of a client's become REMOTE_USER, and declare the proxy in [hgscim-proxy] with a secret",
      },
    ),
    ...(as
      ? [
          await kept(
            at("a wrong password"),
            front,
            { auth: { account: as.account, password: noPassword() } },
            {
              expected: "the web server refuses it before anything else is asked",
              mend: "have the web server ask for passwords (nginx: auth_basic, without which $remote_user is what a client says)",
            },
          ),
          ...(await marked(front, as, at)),
        ]
      : [unchecked(at("the extension's own refusal"), "not checked (expected --as ACCOUNT:PASSWORDFILE)")]),
  ];
}

/** What a stranger is answered, by the first repository that does not turn them away. */
async function strangerAnywhere(check: string, front: Front, first: FrontAnswer): Promise<HostFinding> {
  const found = stranger(check, first);
  if (found.state === "wrong") return found;
  for (const repository of front.others ?? []) {
    const answer = await ask({ ...front, repository }, {});
    if (!answer.ok)
      return wrong(
        `${check} who asks for ${repository}`,
        answer.error,
        "an answer",
        "look into the web server's log",
      );
    const one = stranger(`${check} who asks for ${repository}`, answer.value);
    if (one.state === "wrong") return one;
  }
  return found;
}

type Asking = Pick<Parameters<typeof askFront>[0], "auth" | "headers">;

function ask({ url, ca, repository }: Front, asking: Asking): ReturnType<typeof askFront> {
  const path = repository.split("/").map(encodeURIComponent).join("/");
  const asked = new URL(`${url.href.replace(/\/+$/, "")}/${path}?cmd=capabilities`);
  return askFront({ url: asked, ca, ...asking });
}

function transport({ url }: Front, { certified }: FrontAnswer, check: string): HostFinding[] {
  if (url.protocol === "http:")
    return isLoopback(url.hostname)
      ? []
      : [
          wrong(
            check,
            "none: passwords go in clear text",
            "https",
            "give the web server a certificate, and --url https://…",
          ),
        ];
  if (certified === undefined) return [];
  const until = new Date(certified).toISOString();
  return [
    certified - Date.now() > certificateAhead
      ? well(check, `the certificate is valid until ${until}`)
      : wrong(
          check,
          `the certificate ends ${until}`,
          "30 days or more",
          "renew the web server's certificate",
        ),
  ];
}

/** What was answered, for a person. */
const told = ({ status, sentence }: FrontAnswer) => `${status}${sentence && ` ${sentence}`}`;

const isOpen = ({ status }: FrontAnswer) => status >= 200 && status < 300;

/** Whether the web server itself has refused, or has sent somebody to sign in. */
const isTurnedAway = ({ status, text }: FrontAnswer) =>
  ([401, 403].includes(status) || (status >= 300 && status < 400)) && !past.test(text);

function stranger(check: string, answer: FrontAnswer): HostFinding {
  if (isOpen(answer))
    return open(
      check,
      `IS LET IN: ${told(answer)}`,
      "whoever has no password gets nothing",
      "stop the web server until this is mended: have it serve hgscim's application, and ask for passwords",
    );
  if (isTurnedAway(answer)) return well(check, `refused by the web server: ${told(answer)}`);
  if (past.test(answer.text))
    return wrong(
      check,
      `reaches Mercurial without a password: ${told(answer)}`,
      "the web server asks for a password",
      "have the web server ask everybody (Apache: AuthType and Require valid-user; nginx: auth_basic)",
    );
  return wrong(
    check,
    `is answered ${told(answer)}`,
    "401 or 403",
    "look into the web server's log, and at --url",
  );
}

/** Somebody who must be turned away as a stranger is. */
async function kept(
  check: string,
  front: Front,
  asking: Asking,
  { expected, mend }: { expected: string; mend: string },
): Promise<HostFinding> {
  const answer = await ask(front, asking);
  if (!answer.ok) return wrong(check, answer.error, "an answer", "look into the web server's log");
  const { as } = front;
  if (as && answer.value.text.includes(as.probe.nonce))
    return open(check, `IS TAKEN FOR ${as.account}`, expected, mend);
  if (isOpen(answer.value)) return open(check, `IS LET IN: ${told(answer.value)}`, expected, mend);
  return isTurnedAway(answer.value)
    ? well(check, `refused by the web server: ${told(answer.value)}`)
    : wrong(check, `passes the web server: ${told(answer.value)}`, expected, mend);
}

/** The refusal of who may not read, alone and with a header that says that it was somebody else. */
async function marked(
  front: Front,
  { account, password, probe }: NonNullable<Front["as"]>,
  at: (what: string) => string,
): Promise<HostFinding[]> {
  const auth = { account, password };
  const others = Object.fromEntries(
    [...identityHeaders, ...(front.headers ?? [])].map((name) => [name, `not-${account}`]),
  );
  const asked = async (check: string, headers: Readonly<Record<string, string>>) => {
    const answer = await ask(front, { auth, headers });
    return answer.ok
      ? refusedBy(check, account, probe.nonce, answer.value)
      : wrong(check, answer.error, "an answer", "look into the web server's log");
  };
  const plain = await asked(at(`${account}, who may not read`), {});
  // where that is wrong, this is too, and for the same reason
  return plain.state === "wrong"
    ? [plain]
    : [plain, await asked(at(`${account} with another identity in a header`), others)];
}

/** The agent's nonce in a refusal proves that the extension judged by the agent's access file, and for this account. */
function refusedBy(check: string, account: string, nonce: string, answer: FrontAnswer): HostFinding {
  const expected = `403 of the extension, "${account} may not read", with the agent's mark`;
  if (answer.status === 403 && answer.text.includes(`(probe ${nonce})`))
    return well(check, "refused by the extension, with the agent's mark");
  return wrong(check, told(answer), expected, mendOf(account, answer));
}

/** In the order in which a request passes what may be wrong. */
function mendOf(account: string, answer: FrontAnswer): string {
  const { status, text } = answer;
  const is = (part: string) => text.includes(part);
  if (isOpen(answer) || is("there is no repository"))
    return `give --as an account that may read nothing, or --repository one that it may not; if ${account} may read nothing, the host is OPEN: stop its web server`;
  if (is("this host is not set up")) return "the web server's log says what is wrong with the configuration";
  if (is("HGRCSKIPREPO is not set"))
    return "serve the repositories by hgscim_host.application (docs/web-servers.md)";
  if (is("access cannot be checked")) return "mend what the sentence says (docs/web-servers.md)";
  if (is("nobody has judged"))
    return "install extension and application of one version, and look through [extensions]";
  if (is("authentication is required"))
    return "have the web server hand on who asks: REMOTE_USER, or the proxy's own header";
  if (/(read|pull) not authorized/.test(text))
    return "the extension is not asked: serve the repositories by hgscim_host.application (docs/web-servers.md)";
  if (is("may not read repository"))
    return is(`${account} may not`)
      ? "[hgscim] access names another file than the agent's (agent.yaml, access)"
      : "the web server takes somebody else's word for who asks";
  if (status === 401) return `the web server does not take the password of ${account}: correct --as`;
  return "the web server's log says more";
}
