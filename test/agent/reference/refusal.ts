/** Why the reference model refuses a request. */
export interface Reason {
  readonly status: number;
  /** RFC 7644, table 9. */
  readonly scimType?: string;
}

/** Ends a request. Where several things are wrong with it, the RFC lets a provider tell any one of them. */
export class Refusal extends Error {
  readonly reasons: readonly Reason[];

  constructor(...reasons: readonly Reason[]) {
    super(reasons.map(({ status, scimType }) => `${status} ${scimType ?? ""}`).join(" or "));
    this.reasons = reasons;
  }
}

/** Refuses what a client sent. */
export function refuse(scimType: string): never {
  throw new Refusal({ status: 400, scimType });
}

/** Does all of them, and refuses when any of them does, with the reasons of all. */
export function collect(steps: readonly (() => void)[]): void {
  const reasons: Reason[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reasons.push(...error.reasons);
    }
  }
  if (reasons.length > 0) throw new Refusal(...reasons);
}
