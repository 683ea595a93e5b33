/** A file from the network, whole or the reason why not. */
import type { Response } from "undici";
import { whyNoAnswer } from "../../api/http.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { count, printable } from "../../report/words.ts";

/** No release of Terraform is near it; an answer without an end must not fill the memory. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Downloads a file, through the proxy that HTTPS_PROXY names unless NO_PROXY says otherwise.
 *
 * @returns its bytes, or the reason as a sentence that names the host
 */
export async function download(url: URL): Promise<Result<Buffer, string>> {
  const { fetchProxied } = await import("./proxied.ts");
  const about = (reason: string) => fail(`${url.host}: ${reason}`);
  let answer: Response;
  try {
    answer = await fetchProxied(url);
  } catch (error) {
    return about(`${reasonOf(error, url)}${proxyHint(url)}`);
  }
  const type = printable(answer.headers.get("content-type") ?? "no type");
  if (!answer.ok) {
    await answer.body?.cancel();
    return about(`it answers ${answer.status} to ${url.pathname}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostBytes) return about(`it sends more than ${mostBytes} bytes (expected a zip archive)`);
    }
  } catch {
    return about(`the download broke off after ${count(length, "byte", "bytes")}`);
  }
  const content = Buffer.concat(chunks);
  if (content.subarray(0, 2).toString("latin1") === "PK") return ok(content);
  return about(`it answers with ${type} (expected a zip archive; a proxy that wants a sign-in does this)`);
}

function reasonOf(error: unknown, url: URL): string {
  const cause = innermost(error as Error);
  // its value may hold a password
  if (["UND_ERR_INVALID_ARG", "ERR_INVALID_URL"].includes(String((cause as NodeJS.ErrnoException).code)))
    return "the proxy is no address (expected http://host:port)";
  const [, status] = /^Proxy response \((\d+)\)/.exec(cause.message) ?? [];
  if (status !== undefined) return `the proxy answers ${status}`;
  const { reason, untrusted } = whyNoAnswer(cause, url);
  if (!untrusted) return reason;
  return "its certificate is not one that this machine trusts (NODE_EXTRA_CA_CERTS names the file of a company's authority)";
}

const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error);

/** Who says so may be the proxy, whose address can hold a password. */
function proxyHint({ protocol }: URL): string {
  const set = ["HTTPS_PROXY", "https_proxy"].find((name) => process.env[name]);
  return set === undefined || protocol !== "https:"
    ? ""
    : ` (${set} is set, and NO_PROXY can name this host; HGSCIM_TERRAFORM_MIRROR names another one)`;
}
