import {
  type FoundMercurial,
  findMercurial,
  type Mercurial,
} from "../../../cli/quickstart/host/mercurial.ts";

let found: Promise<FoundMercurial> | undefined;

/** The machine's Mercurial, looked for once. */
export async function installed(): Promise<Mercurial> {
  found ??= findMercurial();
  const mercurial = await found;
  if (!mercurial.ok) throw new Error(mercurial.error);
  return mercurial.value;
}
