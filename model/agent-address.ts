/** An agent's address in one form, so that two spellings of it can be told to be one. */

/**
 * The address without what does not matter: the case of the host, the port of the protocol, slashes at the end. `localhost` is
 * 127.0.0.1, as far as anybody can tell from here.
 *
 * @param url one that is valid
 */
export function agentAddress(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname.replace(/\.$/, "");
  return `${protocol}//${host === "localhost" ? "127.0.0.1" : host}${port && `:${port}`}${pathname.replace(/\/+$/, "")}`;
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
