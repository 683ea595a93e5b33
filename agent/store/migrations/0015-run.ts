/** Of which start of an agent what is written is: see run.ts. */
export const run = ["ALTER TABLE clock ADD COLUMN run TEXT"];
