/**
 * Mercurial's own command server (`hg help serve`, --cmdserver): one hg that runs command after command, since a start
 * takes ten times as long as a commit does.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Ran } from "./client.ts";

/** What the server sends: which channel it is for, and what of it there is. */
interface Message {
  readonly channel: string;
  readonly content: Buffer;
}

export class CommandServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #messages: AsyncGenerator<Message>;
  /** Commands run one after the other, as the server takes them. */
  #last: Promise<unknown>;

  /** Starts the server of an hg, which ends with this process and keeps it from nothing. */
  constructor(hg: string, env: Record<string, string | undefined>) {
    // at the root, where there is no repository that the commands could mean
    this.#child = spawn(hg, ["serve", "--cmdserver", "pipe"], { cwd: "/", env });
    this.#messages = messages(this.#child);
    this.#last = this.#messages.next();
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      (stream as unknown as { unref(): void }).unref();
  }

  /** Runs `hg ...args` in a folder; answers what a process of its own would have. */
  run(cwd: string, args: readonly string[]): Promise<Ran> {
    const ran = this.#last.then(() => this.#run(["--cwd", cwd, ...args]));
    this.#last = ran.catch(() => {});
    return ran;
  }

  async #run(args: readonly string[]): Promise<Ran> {
    const text = Buffer.from(args.join("\0"));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    this.#child.stdin.write(Buffer.concat([Buffer.from("runcommand\n"), length, text]));
    const said: Record<string, Buffer[]> = { o: [], e: [] };
    for (;;) {
      const { value, done } = await this.#messages.next();
      if (done) throw new Error(`hg's command server ended at: hg ${args.join(" ")}`);
      if (value.channel === "r") {
        const output = Buffer.concat([...(said.o ?? []), ...(said.e ?? [])]).toString();
        return { code: value.content.readInt32BE(), output };
      }
      const channel = said[value.channel];
      if (channel === undefined) throw new Error(`hg ${args.join(" ")} asks for input`);
      channel.push(value.content);
    }
  }
}

/** Each message is a letter, a length and as many bytes. */
async function* messages(child: ChildProcessWithoutNullStreams): AsyncGenerator<Message> {
  let left = Buffer.alloc(0);
  for await (const chunk of child.stdout) {
    left = Buffer.concat([left, chunk as Buffer]);
    while (left.length >= 5 && left.length >= 5 + left.readUInt32BE(1)) {
      const end = 5 + left.readUInt32BE(1);
      yield { channel: left.toString("latin1", 0, 1), content: left.subarray(5, end) };
      left = left.subarray(end);
    }
  }
}
