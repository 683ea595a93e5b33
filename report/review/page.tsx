/**
 * A review as one file that asks nobody for anything: readable without its script, on paper, in both schemes, on a phone, and by a
 * screen reader. What others wrote is text in it, and its policy lets nothing run but the one script that is named by its hash.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
import { createHash } from "node:crypto";
import { renderToString } from "preact-render-to-string";
import { version } from "../../model/package.ts";
import { capitalized } from "../words.ts";
import { Named, Rest, Sentence } from "./page/parts.tsx";
import { PeopleSection } from "./page/people.tsx";
import { Entries, Rules, State } from "./page/rest.tsx";
import { PageRoom } from "./page/room.ts";
import { script } from "./page/script.ts";
import { style } from "./page/style.ts";
import type { ReviewReport } from "./report.ts";
import { describeFailing, describeShare, noApproval, titleOf } from "./words.ts";

/** The page. */
export function reviewPage(report: ReviewReport): string {
  return `<!doctype html>\n${renderToString(<Page report={report} />)}\n`;
}

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `style-src ${hashOf(style)}`,
  `script-src ${hashOf(script)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function Page({ report }: { readonly report: ReviewReport }) {
  const room = new PageRoom();
  const title = titleOf(report);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <Verdict report={report} room={room} />
        <main>
          {report.people ? (
            <PeopleSection people={report.people} entries={report.entries} room={room} />
          ) : (
            <Rules rules={report.rules} room={room} />
          )}
          <Entries report={report} room={room} />
          <State report={report} room={room} />
        </main>
        <footer>
          <p class="note">Made by hgscim {version}. Nothing was changed.</p>
        </footer>
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  );
}

function Verdict({ report, room }: { readonly report: ReviewReport; readonly room: PageRoom }) {
  const { verdict, people, unnamed, refused, accept, approval, unapproved } = report;
  const reasons = room.texts(refused);
  const failing = describeFailing(report);
  return (
    <header>
      <h1>{titleOf(report)}</h1>
      {unnamed !== null && (
        <p class="refused">
          <strong>Nobody’s name can be told here:</strong> <Sentence of={unnamed} />
        </p>
      )}
      <p class="verdict">
        <Sentence of={capitalized(verdict)} />.
      </p>
      {people && <p class="note">{describeShare(people)}</p>}
      {failing !== null && (
        <p class="refused">
          <strong>{capitalized(failing)}.</strong>
        </p>
      )}
      {refused.length > 0 && (
        <section class="refused" aria-labelledby="refused">
          <h2 id="refused">A deploy of this is refused</h2>
          <ul>
            {reasons.items.map((reason) => (
              <li key={reason}>
                <Sentence of={reason} />
              </li>
            ))}
          </ul>
          <Rest left={reasons.left} of="reasons are" />
          {accept !== null && (
            <>
              <p>When that is meant, write into the environment file, and have the numbers reviewed:</p>
              <span class="line">
                <Named of={accept} />
              </span>
            </>
          )}
        </section>
      )}
      {approval !== null && (
        <>
          <p>To approve this, and nothing else:</p>
          <span class="line">
            <Named of={approval} />
          </span>
        </>
      )}
      {unapproved !== null && (
        <p class="note">
          {noApproval}: <Sentence of={unapproved} />.
        </p>
      )}
    </header>
  );
}
