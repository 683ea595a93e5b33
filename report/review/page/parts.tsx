/** What several parts of the page are made of. Text that others wrote is shown so that nothing in it hides. */
import type { ComponentChildren } from "preact";
import { seen } from "../foreign-text.ts";
import type { Written } from "../report.ts";
import { number } from "../words.ts";
import type { Fitting } from "./room.ts";

/** A name. */
export function Named({ of }: { readonly of: string }) {
  return (
    <bdi>
      <code>{seen(of)}</code>
    </bdi>
  );
}

/** A sentence with names in it. */
export function Sentence({ of }: { readonly of: string }) {
  return <bdi>{seen(of, 1_000)}</bdi>;
}

/** A line of a file. */
export function Line({ position, link }: Written) {
  if (position === null) return null;
  const shown = <Named of={position} />;
  return link === null ? shown : <a href={link}>{shown}</a>;
}

/** A section with its heading. */
export function Section({
  id,
  title,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** That there is more than the page has room for. */
export function Rest({ left, of }: { readonly left: number; readonly of: string }) {
  if (left === 0) return null;
  return (
    <p class="note">
      {number(left)} more {of} left out of this page.
    </p>
  );
}

/** A list of sentences under a heading of its own; nothing for none. */
export function Sentences({ title, shown }: { readonly title: string; readonly shown: Fitting<string> }) {
  if (shown.items.length + shown.left === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {shown.items.map((one) => (
          <li key={one}>
            <Sentence of={one} />
          </li>
        ))}
      </ul>
      <Rest left={shown.left} of="lines are" />
    </>
  );
}

/** A table that may be wider than the screen. */
export function Wide({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard (WCAG 2.1.1)
    // biome-ignore lint/a11y/useSemanticElements: a section would be a landmark, one of many alike
    <div class="wide" role="group" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** The head of a table. */
export function Columns({
  names,
  numbers = [],
}: {
  readonly names: readonly string[];
  readonly numbers?: readonly string[];
}) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name} scope="col" class={numbers.includes(name) ? "number" : undefined}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
