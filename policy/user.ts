/** A user as an identity provider tells of them, and the account that a release makes of one. */

/** A User resource as it is stored: what the identity provider sent, normalised. */
export type User = { readonly active?: boolean } & Readonly<Record<string, unknown>>;

export interface Account {
  readonly name: string;
  readonly email?: string;
}
