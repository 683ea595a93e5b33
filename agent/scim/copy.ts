/**
 * What is read of a store that is a copy from before: nobody is told that somebody is not there. They may be by a newer copy, and an
 * identity provider that is told so never takes them out again.
 */
import { fail } from "../../model/result.ts";
import type { Writer } from "../operations/writer.ts";
import type { Handler } from "./call.ts";
import { scimRefusal } from "./refusal.ts";

/** Answers as `handler` does, where what it finds is all that there is. */
export function whereWhole(writer: Pick<Writer, "untrusted">, handler: Handler): Handler {
  return async (call) => {
    const answer = await handler(call);
    if (!writer.untrusted?.restored) return answer;
    const findsNothing = answer.ok
      ? answer.value.body?.totalResults === 0
      : "status" in answer.error && answer.error.status === 404;
    return findsNothing
      ? fail(
          scimRefusal(
            503,
            "what is stored is a copy from before, which may lack what is looked for, until a release is activated",
          ),
        )
      : answer;
  };
}
