/** A `fetch` that goes through proxies, as Node's own does from version 24 on only. Hardly anybody downloads anything: import this when it is needed. */
import { EnvHttpProxyAgent, fetch, type Response } from "undici";

/** Fetches by the proxy that HTTPS_PROXY names, unless NO_PROXY says otherwise. */
export const fetchProxied = (url: URL): Promise<Response> =>
  fetch(url, { dispatcher: new EnvHttpProxyAgent() });
