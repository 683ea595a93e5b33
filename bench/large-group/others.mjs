/** What others ask all the time, and how long each of them takes until some work is done. */
import { Worker } from "node:worker_threads";

/** A pause between two requests of one kind: the machine is not to be full of them. */
const pause = 10;
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** @returns the milliseconds that the work says it took, and those of each request of each kind meanwhile */
export async function othersDuring(agent, ids, work) {
  const thread = new Worker(new URL("./asking.mjs", import.meta.url), {
    workerData: {
      base: agent.base,
      token: agent.token,
      accessFile: agent.accessFile,
      ids: ids.slice(-2_000),
      pause,
    },
  });
  const times = new Promise((done, failed) => thread.on("message", done).on("error", failed));
  await sleep(300);
  const took = await work();
  await sleep(300);
  thread.postMessage("enough");
  const measured = await times;
  await thread.terminate();
  return { took, times: measured };
}
