/** The options of the commands about owners. */
import { Option } from "@commander-js/extra-typings";
import { MembershipsKept } from "../../api/contract.ts";
import { LocalReference, type SecretReference } from "../../model/reference.ts";
import { UsageError } from "../usage.ts";

/** Approvers have another token than the one that delivers. A value in its place is not repeated: it may be the token. */
export const tokenOption = new Option(
  "--token <reference>",
  "a reference to your own token, in place of delivery.agent.token",
).argParser((text): SecretReference => {
  const reference = LocalReference.safeParse(text);
  if (reference.success) return reference.data;
  throw new UsageError(`--token: ${reference.error.issues[0]?.message}`);
});

/** What becomes of the groups that the user is in. */
export const membershipsOption = new Option("--memberships <what>", "whether the groups come along")
  .choices(MembershipsKept.options)
  .argParser((text): MembershipsKept => {
    const memberships = MembershipsKept.safeParse(text);
    if (memberships.success) return memberships.data;
    throw new UsageError(`--memberships is "${text}" (expected ${MembershipsKept.options.join(" or ")})`);
  });
