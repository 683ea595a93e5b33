/** A Mercurial host that answers as a test says, at the address of the agent's probe: it sees what the agent has laid into the access file. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import Database from "libsql";

/** What is in the access file when it is asked. */
export interface Asked {
  readonly nonce: string;
  readonly release: string;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

/** As the extension refuses an account that may read nothing. */
export const refuses: Answer = (response, { nonce }) => {
  const words = `hgscim: eve may not read repository core/api: the read right is missing (probe ${nonce})`;
  response.writeHead(403, words).end(`${words}\n`);
};

/** Lets the account in. */
export const letsIn: Answer = (response) => void response.writeHead(200).end("lookup branchmap");

export class AnsweringHost {
  /** How it answers. */
  answer: Answer = refuses;
  /** How often it was asked. */
  asked = 0;
  readonly #server = createServer((request, response) => {
    this.asked++;
    request.resume();
    this.answer(response, lookInto(this.#access));
  });
  #access = "";

  /** Listens; answers the agent's `host`. */
  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = this.#server.address() as AddressInfo;
    const probe = {
      ...{ url: `http://127.0.0.1:${port}`, account: "eve", password: "ref+env://SCIM_TEST_PROBE" },
      repository: "core/api",
    };
    return { probe };
  }

  /** Reads what is laid down there. */
  beside(access: string): void {
    this.#access = access;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

function lookInto(access: string): Asked {
  const database = new Database(access, { readonly: true });
  const text = (query: string) => String((database.prepare(query).raw().get() as unknown as unknown[])[0]);
  const asked = {
    nonce: text("SELECT nonce FROM probes"),
    release: text("SELECT value FROM meta WHERE key = 'release'"),
  };
  database.close();
  return asked;
}
