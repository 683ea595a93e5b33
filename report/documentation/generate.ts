/** `npm run generate`: writes what is made from the code. A test fails when it is stale. */
import { writeFileSync } from "node:fs";
import { generatedFiles } from "./files.ts";

for (const [file, text] of Object.entries(await generatedFiles())) writeFileSync(file, text);
