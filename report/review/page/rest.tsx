/** What the page says besides people: rules by the files alone, entries, what has no effect, tests, promotion, what is held, digests. */

import type { ReviewedEntry, ReviewReport, RuleChange } from "../report.ts";
import { describeBase, describePlace, describeSubject, leftWithoutAnybody, number } from "../words.ts";
import { Columns, Line, Named, Rest, Section, Sentence, Sentences, Wide } from "./parts.tsx";
import type { PageRoom } from "./room.ts";
import { textCost } from "./room.ts";

interface Of {
  readonly report: ReviewReport;
  readonly room: PageRoom;
}

export function Rules({ rules, room }: { readonly rules: readonly RuleChange[]; readonly room: PageRoom }) {
  const costOf = ({ patterns, subject, entry }: RuleChange) =>
    300 + [...patterns, subject ?? "", entry].reduce((sum, text) => sum + textCost(text) + 40, 0);
  const shown = room.take(rules, costOf);
  if (rules.length === 0) return null;
  return (
    <Section id="rules" title="Which groups gain and lose, by each permission set alone">
      <Wide label="Which groups gain and lose, by each permission set alone">
        <Columns names={["who", "where", "before", "after", "because of"]} />
        <tbody>
          {shown.items.map((rule) => (
            <tr key={JSON.stringify(rule)}>
              <th scope="row">
                {rule.subject === null ? describeSubject(rule) : <Named of={rule.subject} />}
              </th>
              <td>
                {describePlace(rule) !== "" && <Sentence of={describePlace(rule)} />}
                {rule.patterns.map((pattern) => (
                  <div key={pattern}>
                    <Named of={pattern} />
                  </div>
                ))}
              </td>
              <td>{rule.before}</td>
              <td class={rule.direction === "loses" ? "lose" : "gain"}>{rule.after}</td>
              <td>
                <Named of={rule.entry} />
              </td>
            </tr>
          ))}
        </tbody>
      </Wide>
      <Rest left={shown.left} of="rows are" />
    </Section>
  );
}

export function Entries({ report: { entries }, room }: Of) {
  const costOf = ({ changes }: ReviewedEntry) =>
    500 + changes.reduce((sum, change) => sum + Math.min(textCost(change), 6_000) + 30, 0);
  const shown = room.take(entries, costOf);
  return (
    <Section id="entries" title="Entries of the environment file that change">
      {entries.length === 0 && <p>None.</p>}
      <ul>
        {shown.items.map(({ entry, kind, position, link, changes }) => (
          <li key={entry}>
            {kind} <Named of={entry} /> <Line position={position} link={link} />
            {changes.length > 0 && (
              <ul>
                {changes.map((change) => (
                  <li key={change}>
                    <Sentence of={change} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      <Rest left={shown.left} of="entries are" />
    </Section>
  );
}

export function State({ report, room }: Of) {
  const { losses, ineffective, people, tests, promotion, holds } = report;
  const failed = tests.failed.flatMap(({ name, differences }) => [name, ...differences]);
  const obstacle = promotion?.obstacle;
  const held = room.texts((holds?.held ?? []).map(({ id, what, rules }) => [id, what, ...rules].join(" ")));
  // the oldest of them were asked for
  const others = holds ? holds.total - holds.held.length : 0;
  return (
    <>
      <Section id="tests" title="Policy tests">
        {tests.broken.length === 0 && (
          <p>
            {number(tests.passed)} passed,{" "}
            <span class={tests.failed.length > 0 ? "lose" : undefined}>
              {number(tests.failed.length)} failed
            </span>
            .
          </p>
        )}
        <Sentences title="Files that are broken" shown={room.texts(tests.broken)} />
        <Sentences title="What fails" shown={room.texts(failed)} />
      </Section>
      <Section id="state" title="What else is so">
        {promotion && (
          <p>
            The policy must have run in <Named of={promotion.from} /> for {promotion.soak}:{" "}
            {obstacle === null ? "nobody was asked" : obstacle?.length === 0 ? "it has" : "not yet"}.
          </p>
        )}
        <Sentences title="Promotion" shown={room.texts(obstacle ?? [])} />
        <Sentences title={leftWithoutAnybody} shown={room.texts(losses)} />
        <Sentences title="No effect on the host as it is" shown={room.texts(ineffective)} />
        <Sentences
          title="Without the account that this makes of them"
          shown={room.texts(people?.withheld ?? [])}
        />
        <Sentences
          title="Not there now, and counted as when they were"
          shown={room.texts(people?.gone ?? [])}
        />
        {holds && holds.total > 0 && <p>{number(holds.total)} writes are held now.</p>}
        <Sentences title="Held now" shown={{ ...held, left: held.left + others }} />
      </Section>
      <Section id="digests" title="What this is about">
        <p>
          <Sentence of={describeBase(report)} />
        </p>
        <dl>
          {Object.entries({
            file: report.file,
            release: report.digests.release,
            policy: report.digests.policy,
            base: report.digests.base ?? "none",
            ...(report.digests.active !== null && { active: report.digests.active }),
          }).map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>
                <Named of={value} />
              </dd>
            </>
          ))}
        </dl>
      </Section>
    </>
  );
}
