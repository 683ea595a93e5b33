/** What somebody may do in a repository. */
import { z } from "zod";

/** The rights, the weaker one first: who may write may read. */
export const Right = z.enum(["read", "write"]);
export type Right = z.infer<typeof Right>;
