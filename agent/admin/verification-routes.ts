/** Whether Mercurial goes by what is stored, looked at now. */
import type { Verification as Answer } from "../../api/contract.ts";
import type { Verifier } from "../operations/verification/verification.ts";
import type { AddRoute } from "./route.ts";

/** Adds the route. */
export function verificationRoutes(route: AddRoute, verification: Verifier): void {
  route("GET", "/verification", "reader", async (): Promise<Answer> => {
    const { findings, missing } = await verification.check();
    return {
      ...{ state: verification.verified.state, differs: findings.length > 0 },
      ...{ findings: [...findings], missing: [...missing] },
    };
  });
}
