// A rolling restart of two server processes under load: callers reconnect, fail over and lose no call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Local, open, retry } from "upcall";
import { Program } from "../harness/programs.ts";
import { ofTier } from "../harness/tier.ts";
import { Counter } from "./modules/counter.ts";

const file = fileURLToPath(new URL("./modules/counter.js", import.meta.url));

async function start(url: string): Promise<{ program: Program; url: string }> {
  const program = new Program(process.execPath, [file, url]);
  return { program, url: await program.line() };
}

/** Calls at a rate, whatever becomes of them, until it is told to stop. */
class Load {
  made = 0;
  right = 0;
  readonly failed: unknown[] = [];
  readonly #counter: Local<typeof Counter>;
  readonly #perSecond: number;
  readonly #begun: number = performance.now();
  readonly #running: Set<Promise<void>> = new Set();
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(counter: Local<typeof Counter>, perSecond: number) {
    this.#counter = counter;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#tick(), 5);
  }

  /** Fulfilled when so many more calls have succeeded. */
  async more(count: number): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push({ count: this.right + count, resolve }));
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #tick(): void {
    const due = ((performance.now() - this.#begun) / 1000) * this.#perSecond;
    // Where this process stood still it does not make up for all of it at once.
    for (let i = 0; i < 500 && this.made < due; i++) this.#call(this.made++);
  }

  #call(value: number): void {
    const running = this.#counter.square(value).then(
      (square) => {
        assert.equal(square, value * value);
        this.right++;
        const [first] = this.#waiting;
        if (first !== undefined && this.right >= first.count) this.#waiting.shift()?.resolve();
      },
      (error: unknown) => {
        this.failed.push(error);
      },
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }
}

/** Calls a second. */
const rate = ofTier({ quick: 1_000, gate: 2_000, all: 5_000 });

const killed = ["are killed", "SIGKILL"] as const;
const ended = ["end in good order", "SIGTERM"] as const;
for (const [how, signal] of ofTier({ quick: [killed], gate: [killed, ended], all: [killed, ended] }))
  test(`two servers that ${how}, one after the other, and come again lose no call of ${rate} a second`, async (t) => {
    let [one, other] = await Promise.all([start("tcp://127.0.0.1:0"), start("tcp://127.0.0.1:0")]);
    try {
      await using connection = await open([one.url, other.url], { interceptors: [retry()] });
      const load = new Load(connection.proxy(Counter), rate);
      await load.more(rate / 2);
      const restart = async ({ program, url }: typeof one): Promise<typeof one> => {
        program.child.kill(signal);
        const { lines } = await program.end();
        if (signal === "SIGTERM") assert.ok(Number(lines[0]) > 100, `it ran ${lines[0]} calls`);
        await load.more(rate / 5);
        return await start(url);
      };
      /** It rests longer each time that it is tried in vain. */
      const both = async (): Promise<void> => {
        while (connection.counters().connectionsNow < 2) await load.more(100);
        await load.more(rate / 2);
      };
      one = await restart(one);
      await both();
      other = await restart(other);
      await both();
      await load.end();
      t.diagnostic(`${load.made} calls`);
      assert.deepEqual(load.failed, []);
      assert.equal(load.right, load.made);
      // Both came again, and were called again.
      for (const { program } of [one, other]) program.child.kill("SIGTERM");
      const [again, anew] = await Promise.all([one.program.end(), other.program.end()]);
      assert.ok(Number(again.lines[0]) > 0 && Number(anew.lines[0]) > 0);
    } finally {
      await Promise.all([one.program[Symbol.asyncDispose](), other.program[Symbol.asyncDispose]()]);
    }
  });
