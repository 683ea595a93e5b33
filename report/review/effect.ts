/** What a change does to people, in one sentence; and what is the same for some of them, as a heading. */
import type { Review } from "../../api/contract.ts";
import { changeKinds, placeName, placesOf } from "../changes.ts";
import { describeLater } from "../impact.ts";
import { count, listed } from "../words.ts";
import type { PeopleAlike } from "./people.ts";
import type { RuleChange } from "./report.ts";

/** Numbers: `2 accounts lose push on 1 repository; 1 account gains read on 3 repositories`. */
export function describeEffect(effect: readonly PeopleAlike[], later: Review["later"] = []): string {
  const sentences = changeKinds.flatMap(({ words, of }) => {
    let people = 0;
    const repositories = new Set<string>();
    const places = new Set<string | undefined>();
    for (const group of effect) {
      const alike = group.parts.filter(of);
      if (alike.length === 0) continue;
      people += group.people;
      for (const part of alike) {
        places.add(placeName(part));
        for (const repository of part.repositories) repositories.add(repository);
      }
    }
    if (people === 0) return [];
    const where = `${placesOf([...places])}${count(repositories.size, "repository", "repositories")}`;
    return `${count(people, "account", "accounts")} ${people === 1 ? words[0] : words[1]} ${where}`;
  });
  const atTheEnd = describeLater(later).sentences;
  if (sentences.length === 0) return ["nobody gains or loses access", ...atTheEnd].join(" now; ");
  return [...sentences, ...atTheEnd].join("; ");
}

/** What happens to people who are alike: `5,000 people lose push on 400 repositories`. */
export function describeAlike(group: PeopleAlike): string {
  return describeEffect([group]);
}

/**
 * What can be said where nobody was asked: `2 groups or accounts lose something by 1 permission set`.
 *
 * @param moving the entries that change and say who people are: of them the files alone say nothing
 */
export function describeRules(rules: readonly RuleChange[], moving: readonly string[]): string {
  const parts = (["loses", "gains"] as const).flatMap((direction) => {
    const alike = rules.filter((rule) => rule.direction === direction);
    if (alike.length === 0) return [];
    const sets = new Set(alike.map(({ entry }) => entry)).size;
    const subjects = new Set(alike.flatMap(({ subject }) => subject ?? [])).size;
    const who = [
      ...(alike.some(({ subject }) => subject === null) ? [everybodyElse] : []),
      ...(subjects > 0 ? [count(subjects, "group or account", "groups or accounts")] : []),
    ];
    const verb = who.length === 1 && subjects <= 1 ? direction : direction.slice(0, -1);
    return `${who.join(" and ")} ${verb} something by ${count(sets, "permission set", "permission sets")}`;
  });
  const said = parts.length > 0 ? parts : ["no permission set gives anybody more or less"];
  const unknown =
    moving.length === 0
      ? []
      : [
          `${listed(moving)} ${moving.length === 1 ? "changes" : "change"}, and only an agent says what that does to people`,
        ];
  return [...said, ...unknown].join("; ");
}

/** Whom a rule about a branch, bookmark or path is about, when it names nobody. */
export const everybodyElse = "everybody else with push";

/** A share of people for a person: `1.4%`. */
export function percent(part: number, whole: number): string {
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.1) return "less than 0.1%";
  return `${Number(share.toFixed(share < 10 ? 1 : 0))}%`;
}
