/** An agent whose connector is of one provider, and what the tests of every provider ask of it. */
import { afterEach, beforeEach, test } from "vitest";
import type { Quirk, QuirkName } from "../../../model/scim/quirks.ts";
import { type Harness, type ReleaseShape, type Reply, startHarness } from "../harness.ts";

const messages = "urn:ietf:params:scim:api:messages:2.0";

export interface Provider {
  /** A request to the connector, as the provider's next one: the reply's status must be this one. */
  send(status: number, method: string, path: string, body?: unknown): Promise<Reply["body"]>;
  /** The resources that a filter finds. */
  find(endpoint: string, filter: string, more?: string): Promise<Reply["body"][]>;
  /** What an account may do: the right by repository; undefined for an account that has no access to anything. */
  rights(account: string): Promise<Record<string, string> | undefined>;
  /** What an approver says at the admin API. */
  approve(method: string, path: string, body?: unknown): Promise<void>;
  readonly harness: Harness;
}

/** An agent for each test of the file, with the sample release for the provider, perhaps edited. */
export function provider(idp: Quirk["idp"], edit?: (release: ReleaseShape) => void): Provider {
  let harness: Harness;
  beforeEach(async () => {
    harness = await startHarness(["core/api", "docs"]);
    await harness.deploy(
      await harness.release((release) => {
        release.connectors.okta.idp = idp;
        edit?.(release);
      }),
    );
  });
  afterEach(() => harness.stop());

  const send: Provider["send"] = async (status, method, path, body) => {
    const reply = await harness.scim(method, path, body);
    if (reply.status !== status)
      throw new Error(
        `${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)} (expected ${status})`,
      );
    return reply.body;
  };
  return {
    send,
    async find(endpoint, filter, more = "") {
      const list = await send(200, "GET", `${endpoint}?filter=${encodeURIComponent(filter)}${more}`);
      return list.Resources ?? [];
    },
    async rights(account) {
      const { access } = (await harness.admin("GET", "/access", { token: harness.tokens.reader })).body;
      const own = (access as Record<string, string>[]).filter((entry) => entry.account === account);
      if (own.length === 0) return undefined;
      return Object.fromEntries(
        own.map(({ repository, branch, right }) => [branch ? `${repository}#${branch}` : repository, right]),
      );
    },
    async approve(method, path, body) {
      const reply = await harness.admin(method, path, { token: harness.tokens.approver, body });
      if (reply.status !== 204) throw new Error(JSON.stringify(reply.body));
    },
    get harness() {
      return harness;
    },
  };
}

/** A PATCH message (RFC 7644, section 3.5.2). */
export const patch = (...Operations: object[]) => ({ schemas: [`${messages}:PatchOp`], Operations });

/** Registers the test of a quirk, under the quirk's name. */
export function quirksOf<Idp extends Quirk["idp"]>(_: Idp) {
  return (name: QuirkName<Idp>, run: () => Promise<void>) => test(name, run);
}
