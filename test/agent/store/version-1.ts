/** The store of version 1 in `version-1/`: made by an agent before its schema had migrations, with what it answered. */
import { readFileSync } from "node:fs";
import Database from "libsql";

const read = (name: string) => readFileSync(new URL(`version-1/${name}`, import.meta.url), "utf8");

interface Answers {
  /** When the answers were given, in milliseconds since 1970. */
  readonly at: number;
  /** By the path below `/v1`. */
  readonly admin: Readonly<Record<string, object>>;
  /** By the path below `/scim`. */
  readonly scim: Readonly<Record<string, { status: number; etag: string | null; body: object }>>;
  readonly accessFile: Readonly<Record<string, unknown[]>>;
}

/** What the agent that made the store answered from it. */
export const recorded = JSON.parse(read("answers.json")) as Answers;

/** The environment variables that the store's releases take their tokens from. */
export const tokensOfVersion1 = {
  SCIM_TEST_OKTA: "not-a-secret-of-okta",
  SCIM_TEST_ENTRA: "not-a-secret-of-entra",
};

/** Makes the store anew, as the one file that its agent left when it ended. */
export function writeVersion1(file: string): void {
  const database = new Database(file);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(read("store.sql"));
  database.close();
}
