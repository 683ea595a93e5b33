/** Whether a write may take access away, by what it says alone. */
import type { ResourceOperation } from "./operation.ts";

/** What is said so too often waits too little, and nobody stays in for it. */
export function mayTakeAway(operation: ResourceOperation): boolean {
  switch (operation.verb) {
    case "create":
      return false;
    case "delete":
      return true;
    case "replace":
      return operation.kind === "group" || !/"active":(true|"true")/i.test(JSON.stringify(operation.body));
    case "modify":
      return operation.kind === "group"
        ? !onlyAdds(operation.body.Operations)
        : /active/i.test(JSON.stringify(operation.body));
  }
}

/** Of a body that was not read there are no operations here. */
function onlyAdds(operations: unknown): boolean {
  return (
    Array.isArray(operations) &&
    operations.every((one) => typeof one?.op === "string" && one.op.toLowerCase() === "add")
  );
}
