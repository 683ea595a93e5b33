/** The demonstration host's users file: who may log in, as hashes. `host.py` reads it again when it changes. */
import { randomBytes, scrypt } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { z } from "zod";

const derive = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  length: number,
  cost: { N: number; r: number; p: number },
) => Promise<Buffer>;

const UserEntry = z.strictObject({
  salt: z.base64().describe("random, base64"),
  hash: z.base64().describe("what scrypt made of password and salt, base64"),
  n: z.int().describe("scrypt's cost, a power of two"),
  r: z.int().describe("scrypt's block size"),
  p: z.int().describe("scrypt's parallelism"),
});

const UsersFile = z.record(z.string(), UserEntry);

/** What the users file holds for one account: parameters and result of scrypt (RFC 7914), never the password. */
export type UserEntry = z.infer<typeof UserEntry>;

/** The entry that accepts this password. Two calls give two entries, since the salt is random. */
export async function userEntry(password: string): Promise<UserEntry> {
  const salt = randomBytes(16);
  const [n, r, p] = [16384, 8, 1];
  const hash = await derive(password, salt, 32, { N: n, r, p });
  return { salt: salt.toString("base64"), hash: hash.toString("base64"), n, r, p };
}

/**
 * Lets the account log in with this password, in place of any it had; creates the file where there is none.
 * The file is replaced whole, so the host never reads half of it; two calls at once may lose one of them.
 *
 * @throws where the file cannot be written, or is not a users file
 */
export async function putUser(file: string, account: string, password: string): Promise<void> {
  const users = UsersFile.parse(JSON.parse(await readFile(file, "utf8").catch(emptyWhenMissing)));
  const text = JSON.stringify({ ...users, [account]: await userEntry(password) }, null, 2);
  await writeFile(`${file}.new`, `${text}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function emptyWhenMissing(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "{}";
  throw error;
}
