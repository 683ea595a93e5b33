/** Whose each token is: with another release, an entry of secrets may be another connector's. */
export const tokenConnectors = [`ALTER TABLE tokens ADD COLUMN connector TEXT`];
