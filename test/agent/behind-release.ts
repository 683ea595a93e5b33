/** Requests that wait while a release comes. */
import { expect, vi } from "vitest";
import { Queue } from "../../agent/operations/queue.ts";
import type { Harness, ReleaseShape, Reply } from "./harness.ts";

/** Has a release, once it is judged, come to its turn as soon as all of these requests wait behind it. */
export async function behindRelease(
  h: Harness,
  digest: string,
  edit: (release: ReleaseShape) => void,
  requests: readonly (() => Promise<Reply>)[],
) {
  const release = await h.release(edit);
  let waiting = 0;
  let isJudged = false;
  const { add, putBack, take } = Queue.prototype;
  vi.spyOn(Queue.prototype, "add").mockImplementation(function (this: Queue, ...all) {
    waiting++;
    return add.apply(this, all);
  });
  vi.spyOn(Queue.prototype, "putBack").mockImplementation(function (this: Queue, some) {
    isJudged ||= some.some(({ judged }) => judged !== undefined);
    return putBack.call(this, some);
  });
  vi.spyOn(Queue.prototype, "take").mockImplementation(async function* (this: Queue, ...all) {
    while (isJudged && waiting <= requests.length) await new Promise(setImmediate);
    yield* take.apply(this, all);
  });
  const headers = { "If-Match": `"${digest}"` };
  const deployed = h.admin("PUT", "/release", { body: { release, origin: {} }, headers });
  while (!isJudged) await new Promise(setImmediate);
  const replies = await Promise.all(requests.map((request) => request()));
  expect((await deployed).status).toBe(200);
  return replies;
}
