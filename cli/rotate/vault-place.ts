/** A slot that is a key of a secret in Vault or OpenBao: read and written with the credentials of whoever runs the command. */
import { HttpUrl, isLoopback } from "../../model/environment/common.ts";
import type { SecretPointer } from "../../model/reference.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { StoreFailure } from "../../secrets/stores/failure.ts";
import { VaultClient } from "../../secrets/stores/vault/client.ts";
import { KeyValue, type VaultSecret } from "../../secrets/stores/vault/key-value.ts";
import type { SlotPlace, Unwritten } from "./slot-place.ts";

type VaultPointer = Extract<SecretPointer, { readonly kind: "vault" }>;

const advice = [
  "Set VAULT_ADDR and VAULT_TOKEN as for the vault command (and VAULT_NAMESPACE, VAULT_CACERT); the token has to read and to update the path.",
];

/** The place of a key; by VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CACERT, as Vault's own command has them. */
export function vaultPlace(
  { path, key }: VaultPointer,
  { VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT }: NodeJS.ProcessEnv = process.env,
): Result<SlotPlace, Unwritten> {
  if (!VAULT_ADDR || !VAULT_TOKEN)
    return fail({ reason: `${VAULT_ADDR ? "VAULT_TOKEN" : "VAULT_ADDR"} is not set`, advice });
  const address = HttpUrl.safeParse(VAULT_ADDR);
  if (!address.success)
    return fail({
      reason: "VAULT_ADDR is no address (expected one such as https://vault.example.com:8200)",
      advice,
    });
  const { protocol, hostname } = new URL(address.data);
  if (protocol !== "https:" && !isLoopback(hostname))
    return fail({ reason: "VAULT_ADDR is reached by https only (expected https://…)", advice });
  const client = new VaultClient({
    address: address.data,
    ...(VAULT_CACERT && { ca: VAULT_CACERT }),
    ...(VAULT_NAMESPACE && { namespace: VAULT_NAMESPACE }),
    caIn: "VAULT_CACERT",
  });
  const secrets = new KeyValue({
    ask: (request) => client.ask({ ...request, token: VAULT_TOKEN }),
    who: "your token (VAULT_TOKEN)",
    mountsIn: "sys/internal/ui/mounts, for a token that may read the path",
  });
  const failed = ({ reason }: StoreFailure): Result<never, Unwritten> =>
    fail({ reason: `${path}, key ${key}: ${reason}`, advice });
  const readAll = async (): Promise<Result<{ value: VaultSecret; version: number }, Unwritten>> => {
    const read = await secrets.read(path);
    if (read.ok) return ok({ value: read.value.value, version: read.value.version ?? 0 });
    if (!read.error.isEmpty) return failed(read.error);
    return ok({ value: {}, version: await secrets.deletedVersion(path) });
  };
  const textOf = (value: VaultSecret) => {
    const text = Object.hasOwn(value, key) ? value[key] : undefined;
    return typeof text === "string" && text !== "" ? text : undefined;
  };
  return ok({
    reading: `vault kv get -field=${key} ${path}`,
    async read() {
      const all = await readAll();
      return all.ok ? ok(textOf(all.value.value)) : all;
    },
    async write(value, instead) {
      const all = await readAll();
      if (!all.ok) return all;
      if (textOf(all.value.value) === value) return ok(null);
      const { [key]: _, ...others } = all.value.value;
      if (textOf(all.value.value) !== instead)
        return failed({ reason: "the key has another value by now: somebody else writes it, too" });
      const next = value === undefined ? others : { ...others, [key]: value };
      const written = await secrets.write(path, next, all.value.version);
      return written.ok ? written : failed(written.error);
    },
  });
}
