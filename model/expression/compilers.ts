/** The compilers of an environment: each connector's users have its own extensions, a constraint's those of all. */
import type { Extension } from "../environment/connector/extension.ts";
import type { Environment } from "../environment.ts";
import { type Compiler, expressionCompiler } from "../expression.ts";

export interface Compilers {
  /** For what is asked of the users of every connector. */
  readonly ofAll: Compiler;
  /** For what is asked when the account is known, too. */
  readonly ofAccounts: Compiler;
  /** For what a connector asks of its own users. */
  ofConnector(name: string): Compiler;
}

/** Compilers for the expressions of an environment. What two connectors call by one name must be one thing. */
export function expressionCompilers({
  variables,
  connectors,
}: Pick<Environment, "variables" | "connectors">): Compilers {
  const extended = Object.entries(connectors).flatMap(([name, { extensions }]) =>
    extensions && Object.keys(extensions).length > 0 ? [{ name, extensions }] : [],
  );
  const all = new Map<string, Extension>();
  for (const { extensions } of extended)
    for (const [name, { schema, attributes }] of Object.entries(extensions))
      all.set(name, { schema, attributes: { ...all.get(name)?.attributes, ...attributes } });
  const ofAll = expressionCompiler(variables, Object.fromEntries(all));
  const plain = extended.length === 0 ? ofAll : expressionCompiler(variables);
  const own = new Map(
    extended.map(({ name, extensions }) => [name, expressionCompiler(variables, extensions)]),
  );
  let ofAccounts: Compiler | undefined;
  return {
    ofAll,
    // most environments ask nothing of accounts, and a compiler takes time to make
    get ofAccounts() {
      ofAccounts ??= expressionCompiler(variables, Object.fromEntries(all), { accounts: true });
      return ofAccounts;
    },
    ofConnector: (name) => own.get(name) ?? plain,
  };
}
