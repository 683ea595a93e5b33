/** An agent's address in one form, so that two spellings of it can be told to be one. */

/**
 * Whom an address leads to, `host:port`: the case of the host, a dot at its end and the port of the protocol do not matter,
 * nor does the protocol, as a port speaks one.
 *
 * @param url one that is valid, of http or https
 */
export function endpointOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname.replace(/\.$/, "")}:${port || (protocol === "http:" ? 80 : 443)}`;
}

/**
 * The address that no two environments have: the endpoint, and the path where several agents are behind one. `localhost` and
 * ::1 are 127.0.0.1, as far as anybody can tell from here.
 *
 * @param url one that is valid, of http or https
 */
export function agentAddress(url: string): string {
  const endpoint = endpointOf(url).replace(/^(localhost|\[::1\]):/, "127.0.0.1:");
  return `${endpoint}${new URL(url).pathname.replace(/\/+/g, "/").replace(/\/$/, "")}`;
}

/** Whether a text may say an address among these, however it writes it. */
export function mayMentionAgent(text: string, addresses: readonly string[]): boolean {
  if (addresses.length === 0) return false;
  // as far as the host and its port: what comes behind them does not end where the URL does in every style
  return (text.match(/https?:\/*[^\s"'/?#,{}]+/gi) ?? []).some((url) => {
    if (!URL.canParse(url)) return false;
    const found = `${agentAddress(url)}/`;
    return addresses.some((address) => `${address}/`.startsWith(found));
  });
}
