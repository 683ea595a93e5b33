/**
 * Where in a configuration or a state something is: attribute name, then map keys and list indices, as in
 * `["connectors", "okta"]`. Which step is an attribute and which a key, the schema knows.
 */
export type Path = readonly (string | number)[];

/**
 * What a provider has to say to the person at the terminal. An `error` stops the run, a `warning` is printed beneath
 * the plan or the apply. With a `path`, Terraform prints the line of the configuration beside it.
 *
 * Source: Terraform, docs/plugin-protocol, message Diagnostic.
 */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** One line, without a full stop. */
  readonly summary: string;
  readonly detail?: string;
  readonly path?: Path;
}

/** Whether one of them stops the run. */
export const hasError = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((diagnostic) => diagnostic.severity === "error");
