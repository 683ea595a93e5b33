/** What is asked of a thread that evaluates releases, and what it answers: plain data that passes between threads. */
import type { Accept } from "../../../model/environment/bounds.ts";
import type { Release } from "../../../model/release.ts";
import type { Result } from "../../../model/result.ts";
import type { Time } from "../../../model/time.ts";
import type { HostRules } from "../../config.ts";
import type { Admission } from "../admission.ts";

/** Where and when it is asked. A thread reads the store by itself: all that is committed, at one moment. */
export interface Setting {
  /** The folder of the store. */
  readonly folder: string;
  readonly host: HostRules;
  readonly now: Time;
  /** Whether a release is active. */
  readonly isActive: boolean;
}

/** By the names of the questions: what each is asked with, and its answer. What goes on to a client is JSON already. */
export interface Questions {
  /** The body of the request; a client may have made it of megabytes. */
  impact: { readonly asks: { readonly body: string }; readonly answer: Result<string, string[]> };
  access: { readonly asks: object; readonly answer: string };
  admission: {
    readonly asks: { readonly release: Release; readonly accept: Accept | undefined };
    readonly answer: Admission;
  };
}
export type QuestionName = keyof Questions;

export interface Question<Name extends QuestionName = QuestionName> {
  readonly name: Name;
  readonly asks: Questions[Name]["asks"];
  readonly setting: Setting;
}

/** What a thread sends back. A failure is one that nobody expected. */
export type Reply = { readonly answer: unknown } | { readonly failure: Error };
