/** The body of a request to the admin API, read by its schema. */
import type { z } from "zod";
import { safeParse } from "../model/parse.ts";
import { maxProblems } from "../model/problem.ts";
import { fail, ok, type Result } from "../model/result.ts";

/** The body, or what is wrong with it. Of many problems the first ones are told; so many that zod cannot collect them are one. */
export function readRequest<T extends z.ZodType>(schema: T, body: string): Result<z.output<T>, string[]> {
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    return fail(["the body is not JSON"]);
  }
  const parsed = safeParse(schema, data);
  if (!parsed) return fail(["more mistakes than can be told"]);
  if (parsed.success) return ok(parsed.data);
  const problems = parsed.error.issues
    .slice(0, maxProblems)
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (parsed.error.issues.length > maxProblems)
    problems.push(`there are more (only the first ${maxProblems} problems are told)`);
  return fail(problems);
}
