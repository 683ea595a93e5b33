/** Releases with the constraints of a test and no others. */
import type { ReleaseData } from "../../../model/digest.ts";
import type { Harness, ReleaseShape } from "../harness.ts";

/** The release of the harness with these constraints in place of its own. */
export function constrained(
  h: Harness,
  constraints: object,
  edit?: (draft: ReleaseShape) => void,
): Promise<ReleaseData> {
  return h.release((draft) => {
    draft.constraints = constraints;
    // only the constraint that is gone asked for it
    delete draft.variables.SCIM_MAIL_DOMAIN;
    edit?.(draft);
  });
}
