/** Who gains and loses what, where, and because of which line. */
import { capitalized, count } from "../../words.ts";
import { describeAlike } from "../effect.ts";
import { seen } from "../foreign-text.ts";
import type { AskedPeople, EffectPart, PeopleAlike } from "../people.ts";
import type { ReviewedEntry } from "../report.ts";
import { describeLikely, describePlace, describeRight, laterLines, number } from "../words.ts";
import { Columns, Line, Named, Rest, Section, Sentence, Sentences, Wide } from "./parts.tsx";
import { Plot } from "./plot.tsx";
import { type Fitting, type PageRoom, textCost } from "./room.ts";

/** What one of the parts of the page takes beside names. */
const [articleBytes, rowBytes] = [1_000, 800];

interface Known {
  readonly room: PageRoom;
  readonly entries: ReadonlyMap<string, ReviewedEntry>;
}

export function PeopleSection({
  people,
  entries,
  room,
}: {
  readonly people: AskedPeople;
  readonly entries: readonly ReviewedEntry[];
  readonly room: PageRoom;
}) {
  const known = { room, entries: new Map(entries.map((entry) => [entry.entry, entry])) };
  const alike = room.take(people.effect, () => articleBytes);
  const likely = room.take(people.likely, () => rowBytes);
  return (
    <>
      <Section id="who" title="Who, and where">
        {people.effect.length === 0 && <p>Nobody gains or loses access now.</p>}
        {people.effect.length > 0 && <Filter />}
        {alike.items.map((group) => (
          <Alike key={group.accounts[0]} group={group} known={known} />
        ))}
        <Rest left={alike.left} of="groups of people to whom the same happens are" />
        <Later later={people.later} room={room} />
      </Section>
      {people.groups.length > 0 && <ByGroup groups={people.groups} room={room} />}
      {people.likely.length > 0 && (
        <Section id="likely" title="Groups that were never sent, and which may be meant">
          <ul>
            {likely.items.map((one) => (
              <li key={`${one.entry} ${one.group}`}>
                <Named of={describeLikely(one).named} />: <Sentence of={describeLikely(one).sentence} />
              </li>
            ))}
          </ul>
          <Rest left={likely.left} of="groups are" />
        </Section>
      )}
    </>
  );
}

/** Unfolded by the script, without which it does nothing. */
function Filter() {
  return (
    <search>
      <form id="filter" class="filter" hidden>
        <label>
          Person
          <input type="search" name="person" autocomplete="off" />
        </label>
        <label>
          Repository
          <input type="search" name="repository" autocomplete="off" />
        </label>
        <output id="found" />
      </form>
    </search>
  );
}

function Alike({ group, known }: { readonly group: PeopleAlike; readonly known: Known }) {
  const { people, accounts, moved, parts } = group;
  const rows = known.room.take(parts, () => rowBytes);
  const [only] = accounts;
  return (
    <article>
      <h3>
        {people === 1 && only !== undefined ? (
          <span data-person>
            <Named of={only} />:{" "}
          </span>
        ) : null}
        <Sentence of={capitalized(describeAlike(group))} />
      </h3>
      {moved && <p class="note">Some of them are in other groups than before, come, or go.</p>}
      <Wide label="What happens to them">
        <Columns names={["where", "before", "after", "because of"]} />
        <tbody>
          {rows.items.map((part) => (
            <Part key={part.repositories[0]} part={part} known={known} />
          ))}
        </tbody>
      </Wide>
      <Rest left={rows.left} of="rows are" />
      {people > 1 && accounts.length > 0 && (
        <details data-people>
          <summary>Every name: {number(people)}</summary>
          <Names shown={known.room.texts(accounts)} of="names are" />
        </details>
      )}
    </article>
  );
}

function Part({ part, known }: { readonly part: EffectPart; readonly known: Known }) {
  const { repositories, before, after, because } = part;
  const place = describePlace(part);
  const shown = known.room.texts(repositories);
  const list = <Names shown={shown} of="repositories are" />;
  const loses = after === null || after === "read";
  return (
    <tr>
      <th scope="row" data-places>
        {place !== "" && <Sentence of={place} />}
        {repositories.length <= 3 ? (
          list
        ) : (
          <details>
            <summary>{count(repositories.length, "repository", "repositories")}</summary>
            {list}
          </details>
        )}
      </th>
      <td>{describeRight(before, part)}</td>
      <td class={loses && before !== null ? "lose" : "gain"}>{describeRight(after, part)}</td>
      <td>
        {because.slice(0, 5).map((name) => {
          const entry = known.entries.get(name);
          return (
            <div key={name}>
              <Named of={name} /> {entry && <Line position={entry.position} link={entry.link} />}
            </div>
          );
        })}
        {because.length > 5 && <div>and {because.length - 5} more</div>}
      </td>
    </tr>
  );
}

function Names({ shown, of }: { readonly shown: Fitting<string>; readonly of: string }) {
  return (
    <>
      <ul class="names">
        {shown.items.map((name) => (
          <li key={name}>{seen(name)}</li>
        ))}
      </ul>
      <Rest left={shown.left} of={of} />
    </>
  );
}

function Later({ later, room }: { readonly later: AskedPeople["later"]; readonly room: PageRoom }) {
  return <Sentences title="When a rule ends" shown={room.texts(laterLines(later))} />;
}

function ByGroup({ groups, room }: { readonly groups: AskedPeople["groups"]; readonly room: PageRoom }) {
  const numbers = ["people", "lose", "gain"];
  const shown = room.take(groups, ({ group }) => textCost(group) + 200);
  return (
    <Section id="groups" title="By group">
      <Plot groups={groups} />
      <Wide label="How many of each group lose and gain">
        <Columns names={["group", ...numbers]} numbers={numbers} />
        <tbody>
          {shown.items.map(({ group, people, lose, gain }) => (
            <tr key={group}>
              <th scope="row">
                <Named of={group} />
              </th>
              <td class="number">{number(people)}</td>
              <td class="number lose">{number(lose)}</td>
              <td class="number gain">{number(gain)}</td>
            </tr>
          ))}
        </tbody>
      </Wide>
      <Rest left={shown.left} of="groups are" />
    </Section>
  );
}
