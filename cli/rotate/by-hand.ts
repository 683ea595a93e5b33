/** Places that no command writes: what a person does there, in words. */
import { lstatSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pointerOf, type SecretReference } from "../../model/reference.ts";

export interface ByHand {
  /** Why nobody writes it from here: a sentence without a full stop. */
  readonly reason: string;
  /** How a value comes there: a sentence. */
  readonly put: (what: string) => string;
}

/** Undefined for a place that a command may write. */
export function byHand(reference: SecretReference): ByHand | undefined {
  const pointer = pointerOf(reference);
  if (!pointer.ok) return undefined;
  switch (pointer.value.kind) {
    case "env": {
      const { name } = pointer.value;
      return {
        reason: `${reference} is the environment of the agent's process, which nobody writes from here`,
        put: (what) => `Put ${what} into ${name} of the agent's unit, and restart it.`,
      };
    }
    case "exec": {
      const { helper } = pointer.value;
      return {
        reason: `${reference} is printed by a helper, which nobody writes from here`,
        put: (what) => `Put ${what} where the helper ${helper} reads it.`,
      };
    }
    case "file":
      return credential(reference, pointer.value.path) ?? kubernetesMount(reference, pointer.value.path);
    default:
      return undefined;
  }
}

/** systemd's own files of a unit (systemd.exec(5), Credentials): made anew at each start of it. */
function credential(reference: SecretReference, path: string): ByHand | undefined {
  const [, unit, name] = /^\/run\/(?:user\/\d+\/)?credentials\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (unit === undefined) return undefined;
  return {
    reason: `${reference} is a systemd credential of ${unit}, which systemd alone writes, when the unit starts`,
    put: (what) =>
      `Put ${what} into the file that LoadCredentialEncrypted=${name} of ${unit} names (systemd-creds encrypt --name=${name} - <file> takes it on standard input), and restart the unit: systemctl restart ${unit}.`,
  };
}

/** A volume of Kubernetes: its files are links into \`..data\`, which the kubelet swaps as a whole. */
function kubernetesMount(reference: SecretReference, path: string): ByHand | undefined {
  const folder = dirname(path);
  if (!lstatSync(join(folder, "..data"), { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  return {
    reason: `${reference} is in a volume of Kubernetes, which Kubernetes alone writes`,
    put: (what) =>
      `Put ${what} under the key ${basename(path)} of the Secret that is mounted at ${folder} (kubectl edit secret, in base64): the files follow within some minutes.`,
  };
}
