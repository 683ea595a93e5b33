/**
 * `npm run build`, after the compiler has checked the types: makes of the sources what runs, in `dist/`. Commands, agent
 * and library share chunks, so that a start reads a few files and not a thousand; the provider is one file by itself.
 * The same sources give the same bytes on every machine.
 */
import { buildCommands } from "./commands.mjs";
import { writeLicenses } from "./licenses.mjs";
import { buildProvider } from "./provider.mjs";

const packed = await Promise.all([buildCommands(), buildProvider()]);
await writeLicenses(packed.flat());
