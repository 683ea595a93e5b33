/** The tables of quirks in the guides to the identity providers. */
import { type Quirk, quirks } from "../scim/quirks.ts";
import { tableRow } from "./markdown.ts";

/** The providers that have a guide `docs/<idp>.md`. */
export const guides = [
  "okta",
  "entra",
  "google",
  "onelogin",
  "jumpcloud",
  "authentik",
  "keycloak",
] as const satisfies readonly Quirk["idp"][];

const [begin, end] = [
  "<!-- written by `npm run generate` from model/scim/quirks.ts -->\n",
  "<!-- until here -->\n",
];

/**
 * A guide with the table of the provider's quirks between its two marks.
 *
 * @throws an error when the marks are not there
 */
export function withQuirkTable(guide: string, idp: Quirk["idp"]): string {
  const [from, to] = [guide.indexOf(begin) + begin.length, guide.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`docs/${idp}.md has no place for its quirks`);
  const rows = quirks.filter((quirk) => quirk.idp === idp).map(row);
  const table = ["| it … | what comes, and what is made of it |", "| --- | --- |", ...rows].join("\n");
  return `${guide.slice(0, from)}\n${table}\n\n${guide.slice(to)}`;
}

function row({ name, what, source }: Quirk): string {
  return tableRow([`[${name}](${source})`, what]);
}
