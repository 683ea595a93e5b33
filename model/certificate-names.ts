/** The hosts that a certificate is for. */
import { isIPv6 } from "node:net";

/** The names and addresses of a subject alternative name, as Node.js prints it, each as people write it. */
export function certificateNames(subjectAltName: string | undefined): string[] {
  const names = subjectAltName?.match(/(?<=DNS:|IP Address:)[^,\s"]+/g) ?? [];
  return names.map((name) => (isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name));
}
