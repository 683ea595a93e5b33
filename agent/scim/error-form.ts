/** How the SCIM listener words its answers: errors by RFC 7644, section 3.12, in the media type that the client takes. */
import type { ErrorForm } from "../http/error-form.ts";
import { errorBody, type ScimRefusal, scimMediaType, scimRefusal } from "./refusal.ts";

export const scimErrorForm: ErrorForm<ScimRefusal> = {
  of: scimRefusal,
  body: errorBody,
  type: mediaTypeFor,
  facts: ({ scimType }) => ({ scimType }),
};

/** RFC 7644, section 3.8: plain JSON for a client that takes nothing more exact. */
export function mediaTypeFor(accept = ""): string {
  const types = accept.toLowerCase().split(/[\s,;]+/);
  const takesScim = types.some((type) => [scimMediaType, "application/*", "*/*"].includes(type));
  return !takesScim && types.includes("application/json") ? "application/json" : scimMediaType;
}
