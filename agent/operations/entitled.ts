/** What a release makes of stored users, remembered: evaluating it for thousands takes long, and is done before their write has its turn. */
import type { Entitlement, Program } from "../../policy/program.ts";
import type { User } from "../../policy/user.ts";

/** A user as stored, read and evaluated. */
interface Evaluated {
  readonly user: User;
  readonly entitlement: Entitlement;
}

export class Entitled {
  readonly #program: Program;
  // by what it is made of, so that nothing here is older than the row that it is asked of
  readonly #known = new Map<string, Evaluated>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** Evaluates a user of a connector, and remembers it. */
  learn(connector: string, resource: string): void {
    this.#known.set(`${connector} ${resource}`, evaluated(this.#program, connector, resource));
  }

  /** What a program makes of a user: as remembered, where it is of the same program. */
  of(program: Program, connector: string, resource: string): Evaluated {
    const known = program === this.#program ? this.#known.get(`${connector} ${resource}`) : undefined;
    return known ?? evaluated(program, connector, resource);
  }
}

/** What a program makes of a user of a connector. */
export function evaluated(program: Program, connector: string, resource: string): Evaluated {
  const user = JSON.parse(resource) as User;
  return { user, entitlement: program.entitlement(connector, user) };
}
