/** Conditions on the version of a resource (RFC 9110, section 13.2.2; RFC 7644, section 3.14). */
import type { Conditions } from "./operation.ts";

/** Which condition a version does not meet; undefined for none. */
export function unmetCondition(
  { ifMatch, ifNoneMatch }: Conditions,
  version: number,
): keyof Conditions | undefined {
  const names = (versions: Conditions["ifMatch"]) =>
    versions === "*" || versions?.includes(String(version)) === true;
  if (ifMatch !== undefined && !names(ifMatch)) return "ifMatch";
  return ifNoneMatch !== undefined && names(ifNoneMatch) ? "ifNoneMatch" : undefined;
}
