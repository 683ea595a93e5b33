/** The subject of an event of a hold: by it a digest counts how many of those that it stands for take access away. */

/** What an event of a hold is about: whether it begins or has waited its time, of what kind it is, and by which rule. */
export function heldSubject({
  isOver,
  isRemoval,
  rule,
}: {
  readonly isOver: boolean;
  readonly isRemoval: boolean;
  readonly rule: string;
}): string {
  return `${isOver ? "over" : "held"} ${isRemoval ? "removal" : "change"} ${rule}`;
}

/** Whether it is about a removal; undefined where the subject is of another form, as earlier versions wrote it. */
export function isOfRemoval(subject: string): boolean | undefined {
  const [, what] = /^(?:over|held) (removal|change) /.exec(subject) ?? [];
  return what === undefined ? undefined : what === "removal";
}
