/** How many of each group lose and gain, as bars to the left and to the right. */
import { scaleLinear } from "d3-scale";
import { seen } from "../foreign-text.ts";
import type { AskedPeople } from "../people.ts";
import { number } from "../words.ts";

type Groups = AskedPeople["groups"];

/** So many groups are drawn; the table has the others. */
const mostGroups = 20;
const [width, rowHeight, barHeight, room] = [360, 36, 12, 44];

/** The plot; the table beside it says the same. */
export function Plot({ groups }: { readonly groups: Groups }) {
  const drawn = groups.slice(0, mostGroups);
  const most = Math.max(1, ...drawn.flatMap(({ lose, gain }) => [lose, gain]));
  const middle = width / 2;
  const length = scaleLinear([0, most], [0, middle - room]);
  const height = drawn.length * rowHeight + 8;
  const plot = (
    <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-labelledby="plot-title plot-text">
      <title id="plot-title">Who loses and who gains, by group</title>
      <desc id="plot-text">{describe(drawn)}</desc>
      {drawn.map(({ group, lose, gain }, index) => {
        const top = index * rowHeight;
        const bar = { y: top + 18, height: barHeight };
        const text = top + 28;
        return (
          <g key={group}>
            <text x="0" y={top + 13}>
              {seen(group, 50)}
            </text>
            <rect class="bar-lose" x={middle - length(lose)} width={length(lose)} {...bar} />
            <rect class="bar-gain" x={middle} width={length(gain)} {...bar} />
            {lose > 0 && (
              <text x={middle - length(lose) - 4} y={text} text-anchor="end">
                −{number(lose)}
              </text>
            )}
            {gain > 0 && (
              <text x={middle + length(gain) + 4} y={text}>
                +{number(gain)}
              </text>
            )}
          </g>
        );
      })}
      <line x1={middle} x2={middle} y1="0" y2={height} />
    </svg>
  );
  if (drawn.length === groups.length) return plot;
  return (
    <>
      {plot}
      <p class="note">
        The plot has the first {drawn.length} of {number(groups.length)} groups.
      </p>
    </>
  );
}

function describe(groups: Groups): string {
  return groups
    .map(({ group, lose, gain }) => `${seen(group, 50)}: ${number(lose)} lose, ${number(gain)} gain`)
    .join("; ");
}
