/** An error as HTTP answers it, and how a listener words it. */

/** A refusal with its status. The listeners' own errors have more in them. */
export interface HttpError {
  readonly status: number;
  /** For people: what is wrong and what was expected, never a secret. */
  readonly detail: string;
  /** What its response says in headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a listener words its errors. */
export interface ErrorForm<E extends HttpError = HttpError> {
  /** The error for what HTTP itself refuses, or for a failure, of which no more is known. */
  of(status: number, detail: string): E;
  body(error: E): object;
  /** The media type of the body, for a client that takes what its `Accept` header says. */
  type(accept?: string): string;
  /** What the log says of an error beside its status and detail. */
  facts(error: E): object;
}
