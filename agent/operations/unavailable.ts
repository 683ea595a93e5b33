/** Something failed that is nobody's mistake: the client should try again. */
export class Unavailable extends Error {}
