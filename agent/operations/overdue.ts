/** A rehearsal takes longer than any may. Each evaluation has its budget, but there may be thousands of them. */
export class RehearsalOverdue extends Error {}
