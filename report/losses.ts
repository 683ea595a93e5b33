/** What a change leaves without anybody, in words, before it is done. */
import type { Impact } from "../api/contract.ts";
import { count, inSentence, listed } from "./words.ts";

type Losses = Pick<Impact, "writerless" | "emptied" | "idle" | "holds">;

/** The numbers in one sentence; undefined where nobody and nothing is left so. */
export function summarizeLosses({ writerless, emptied, idle, holds }: Losses): string | undefined {
  const waiting = holds.reduce((sum, one) => sum + one.count, 0);
  const parts = [
    ...(writerless.length > 0
      ? [`${count(writerless.length, "repository loses its", "repositories lose their")} last writers`]
      : []),
    ...(emptied.length > 0
      ? [`${count(emptied.length, "rule is about nobody", "rules are about nobody")} any more`]
      : []),
    ...(idle.length > 0
      ? [`${count(idle.length, "constraint can stop nothing", "constraints can stop nothing")} any more`]
      : []),
    ...(waiting > 0
      ? [
          `${waiting === 1 ? "1 held write does not just wait on" : `${waiting} held writes do not just wait on`}`,
        ]
      : []),
  ];
  return parts.length > 0 ? parts.join("; ") : undefined;
}

/** A line for each. */
export function describeLosses({ writerless, emptied, idle, holds }: Losses): string[] {
  // those that so many could write are one line
  const byWriters = new Map<number, string[]>();
  for (const { repository, writers } of writerless)
    byWriters.set(writers, [...(byWriters.get(writers) ?? []), inSentence(repository)]);
  return [
    ...[...byWriters].map(
      ([writers, repositories]) =>
        `nobody can write ${listed(repositories)} any more (${writers === 1 ? "1 account could" : `${writers} accounts could`})`,
    ),
    ...emptied.map((rule) => `${rule}: about nobody any more`),
    ...idle.map(
      (constraint) => `${constraint}: can stop nothing any more, since nobody is left whom it is about`,
    ),
    ...holds.map(({ rules, count: waiting, become }) => {
      const [held, are, they] =
        waiting === 1
          ? ["1 write that is", "is", "it is"]
          : [`${waiting} writes that are`, "are", "they are"];
      const by = `${held} held by ${rules.join(" and ")}`;
      return become === "freed"
        ? `${by} ${are} done, unless something else stops ${waiting === 1 ? "it" : "them"}: nothing holds by that any more`
        : `${by} ${are} judged again, and ${they} done where the cause has gone`;
    }),
  ];
}
