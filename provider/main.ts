/** What terraform starts. `bundle.ts` makes one executable file of it. */
import { hgscim } from "./hgscim.ts";
import { serve } from "./plugin/index.ts";

serve(hgscim).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
