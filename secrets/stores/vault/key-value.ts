/** Secrets of the KV engines of a Vault or an OpenBao, version 1 and 2 (Vault's API documentation, "KV secrets engine"), for whoever asks. */
import { z } from "zod";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { StoreFailure } from "../failure.ts";
import type { VaultAnswer, VaultRequest } from "./client.ts";

/** What is at a path: its keys, each with whatever is there. */
export type VaultSecret = Readonly<Record<string, unknown>>;

/** A secret as it was read. */
export interface ReadSecret {
  readonly value: VaultSecret;
  /** In seconds; 0 where there is none. */
  readonly lease: number;
  /** Of KV 2: which one it is, by which a write knows whether another one came meanwhile. Of KV 1 there is none. */
  readonly version: number | undefined;
}

export interface KeyValueParts {
  /** Asks by a token that is valid. */
  readonly ask: (request: Omit<VaultRequest, "token">) => Promise<Result<VaultAnswer, StoreFailure>>;
  /** The versions of mounts, where they are declared. */
  readonly declared?: Readonly<Record<string, 1 | 2>> | undefined;
  /** Whom Vault lets in, or not, and where that one declares mounts: as messages name them. */
  readonly who: string;
  readonly mountsIn: string;
}

const Mounted = z.object({
  data: z.object({
    path: z.string(),
    type: z.string(),
    options: z.object({ version: z.string().optional() }).nullish(),
  }),
});
const Version1 = z.object({ lease_duration: z.number(), data: z.record(z.string(), z.unknown()) });
const Version2 = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()),
    metadata: z.object({ version: z.number() }),
  }),
});
/** A version that is deleted or destroyed is answered so, with 404. */
const Deleted = z.object({ data: z.object({ data: z.null(), metadata: z.object({ version: z.number() }) }) });
/** Why a write is refused; the words are Vault's own, and told to nobody. */
const Refused = z.object({ errors: z.array(z.string()) });

interface Mount {
  /** Without a slash at its end. */
  readonly path: string;
  readonly version: 1 | 2;
}

export class KeyValue {
  readonly #parts: KeyValueParts;
  /** Those that Vault has told of. */
  #mounts: readonly Mount[] = [];

  constructor(parts: KeyValueParts) {
    this.#parts = parts;
  }

  /** What is at a path, of which the first part or parts are the mount. */
  async read(path: string): Promise<Result<ReadSecret, StoreFailure>> {
    const mount = await this.#mountOf(path);
    if (!mount.ok) return mount;
    const answer = await this.#parts.ask({ method: "GET", path: addressOf(mount.value, path) });
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    if (status === 200 && mount.value.version === 2) {
      const { data } = Version2.safeParse(body);
      if (data) return ok({ value: data.data.data, lease: 0, version: data.data.metadata.version });
    } else if (status === 200) {
      const { data } = Version1.safeParse(body);
      if (data) return ok({ value: data.data, lease: data.lease_duration, version: undefined });
    }
    // denied and not mounted are answered otherwise
    return fail({
      reason: this.#whyNot(mount.value, status, body),
      ...(status === 404 && { isEmpty: true }),
    });
  }

  /**
   * Puts a whole secret at a path.
   *
   * @param version the one that it comes in place of, 0 for none at all; of KV 1 nobody can say that
   */
  async write(path: string, data: VaultSecret, version: number): Promise<Result<null, StoreFailure>> {
    const mount = await this.#mountOf(path);
    if (!mount.ok) return mount;
    const answer = await this.#parts.ask({
      ...{ method: "POST", path: addressOf(mount.value, path) },
      body: mount.value.version === 2 ? { data, options: { cas: version } } : data,
    });
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    if (status === 200 || status === 204) return ok(null);
    const isOvertaken =
      status === 400 &&
      (Refused.safeParse(body).data?.errors.some((error) => error.includes("check-and-set")) ?? false);
    return fail({
      reason: isOvertaken
        ? "somebody else has written the secret meanwhile"
        : status === 403
          ? this.#denied("write")
          : `Vault's answer to a write is ${status} (expected 200 or 204)`,
    });
  }

  /** The version that a deleted one has: what comes in its place is the next one. */
  async deletedVersion(path: string): Promise<number> {
    const mount = await this.#mountOf(path);
    if (!mount.ok || mount.value.version === 1) return 0;
    const answer = await this.#parts.ask({ method: "GET", path: addressOf(mount.value, path) });
    return answer.ok ? (Deleted.safeParse(answer.value.body).data?.data.metadata.version ?? 0) : 0;
  }

  #whyNot({ path, version }: Mount, status: number, body: unknown): string {
    // it may have become another one
    this.#mounts = this.#mounts.filter((mount) => mount.path !== path);
    if (status === 403) return this.#denied("read");
    if (status !== 404)
      return `Vault's answer is not that of KV ${version} (status ${status}; expected ${this.#parts.mountsIn} to say the version of ${path})`;
    const deleted = Deleted.safeParse(body);
    return deleted.success
      ? `version ${deleted.data.data.metadata.version}, the newest one, is deleted (expected one that is there)`
      : `there is no secret at that path in Vault (expected one below the mount ${path}, KV ${version})`;
  }

  #denied(what: "read" | "write"): string {
    const lets = what === "read" ? "read the path" : "create and update the path";
    return `Vault does not allow it to ${this.#parts.who}, or nothing is mounted there (expected a policy that lets it ${lets})`;
  }

  /** The mount of a path: as it is declared, as it was told before, or as Vault tells it now. */
  async #mountOf(path: string): Promise<Result<Mount, StoreFailure>> {
    const declared = Object.entries(this.#parts.declared ?? {}).map(([path, version]) => ({ path, version }));
    const known = [...declared, ...this.#mounts]
      .filter((mount) => path.startsWith(`${mount.path}/`))
      .sort((one, other) => other.path.length - one.path.length);
    const [first] = known;
    if (first) return ok(first);
    const answer = await this.#parts.ask({ method: "GET", path: `sys/internal/ui/mounts/${path}` });
    if (!answer.ok) return answer;
    // it answers so, too, where nothing is mounted
    if (answer.value.status === 403) return fail({ reason: this.#denied("read") });
    const mounted = Mounted.safeParse(answer.value.body);
    const told = mounted.success && path.startsWith(mounted.data.data.path);
    if (answer.value.status !== 200 || !mounted.success || !told)
      return fail({
        reason: `Vault does not say of which version the mount is (expected it in ${this.#parts.mountsIn})`,
      });
    const { path: slashed, type, options } = mounted.data.data;
    if (type !== "kv" && type !== "generic")
      return fail({ reason: "what is mounted there is no KV (expected a mount of type kv)" });
    const mount: Mount = { path: slashed.replace(/\/$/, ""), version: options?.version === "2" ? 2 : 1 };
    this.#mounts = [...this.#mounts, mount];
    return ok(mount);
  }
}

/** Where a path is asked for, below /v1/. */
function addressOf({ path: mount, version }: Mount, path: string): string {
  return `${mount}/${version === 2 ? "data/" : ""}${path.slice(mount.length + 1)}`;
}
