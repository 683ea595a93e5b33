/** What keeps a mistake of an identity provider small, and lets people in while it is mended. */
import { z } from "zod";

export const Safeguard = z.enum(["protect", "keep", "breakGlass"]);
export type Safeguard = z.infer<typeof Safeguard>;
