/** When a fixed token was used last, and from where, as it goes over the wire. */
import { z } from "zod";
import { Time } from "../model/time.ts";

export const TokenUse = z.object({
  at: Time,
  from: z.string().describe("An address, or a network of IPv6."),
});
export type TokenUse = z.infer<typeof TokenUse>;
