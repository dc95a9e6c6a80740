// Sockets: keeps workers at work, a fresh one for each connection or datagram, and never more at once than allowed. It
// knows neither sockets, threads nor processes, only where the next piece of work comes from and who starts it.
import { systemClock } from "../clock.ts";
import type { UpcallError } from "../errors.ts";
import { Hooks } from "../hook.ts";
import { defaultLimits } from "../limits.ts";
import { checkOptions, type Shape, type Shapes } from "../options.ts";
import type { Address } from "./address.ts";
import type { Running } from "./running-worker.ts";
import type { SignalOption } from "./signal-waits.ts";
import { fromSystem } from "./system-error.ts";

/**
 * Called for a worker whose run threw, exited or crashed, and for a lost datagram; the other workers go on. Its own
 * first error is written on standard error.
 */
export type OnError = (error: UpcallError, address: Address | undefined) => void;

/** Where the work comes from, and how it is done. */
export interface Work<Job extends { readonly address: Address }> {
  next(options: SignalOption): Promise<Job>;
  start(job: Job): Running;
  /** The server closes: it takes no more work. */
  refuse(): Promise<void>;
  /** The server has closed: no worker is left. */
  release(): Promise<void>;
}

export interface CloseOptions {
  /** Milliseconds that workers may go on before they are ended; 0 ends them at once. Default 10,000. */
  readonly drain?: number;
}

const time: Shape = (value) => (typeof value === "number" && value >= 0 ? null : "milliseconds, 0 or more");
export const closeOptions: Shapes<CloseOptions> = { drain: time };

/** The result of `perConnection` and `perDatagram`. */
export interface WorkerServer extends AsyncDisposable {
  /** Workers at work now. */
  readonly workers: number;
  /** Takes no more work, lets the workers finish for `drain` milliseconds, and ends the others; twice is fine. */
  close(options?: CloseOptions): Promise<void>;
}

export class Workers<Job extends { readonly address: Address }> implements WorkerServer {
  readonly #work: Work<Job>;
  readonly #most: number;
  readonly #told: (told: readonly [error: UpcallError, address: Address | undefined]) => void;
  readonly #hooks: Hooks = new Hooks(systemClock);
  readonly #running = new Set<Running>();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #closing: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  constructor(work: Work<Job>, most: number, onError: OnError) {
    this.#work = work;
    this.#most = most;
    this.#told = ([error, address]) => onError(error, address);
    this.#loop = this.#serve();
  }

  get workers(): number {
    return this.#running.size;
  }

  async #serve(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#running.size >= this.#most) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        this.#start(await this.#work.next({ signal }));
      } catch (thrown) {
        const error = fromSystem(thrown, "serving");
        if (error.code === "CANCELLED" || error.code === "FAILED_PRECONDITION") return;
        this.#failed(error, undefined);
      }
    }
  }

  #start(job: Job): void {
    const running = this.#work.start(job);
    this.#running.add(running);
    running.gone
      .catch((error: unknown) => this.#failed(fromSystem(error, "the worker"), job.address))
      .finally(() => {
        this.#running.delete(running);
        this.#wake();
      });
  }

  #failed(error: UpcallError, address: Address | undefined): void {
    this.#hooks.tell("onError", this.#told, [error, address]);
  }

  async close(options: CloseOptions = {}): Promise<void> {
    checkOptions("close()", options, closeOptions);
    const { drain = defaultLimits.drain } = options;
    this.#closing ??= this.#stop();
    const timer = setTimeout(() => {
      for (const running of this.#running) running.end();
    }, drain);
    return await this.#closing.finally(() => clearTimeout(timer));
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await Promise.all([this.#loop, this.#work.refuse()]);
    await Promise.allSettled([...this.#running].map(({ gone }) => gone));
    await this.#work.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The default of `onError`: a warning of the process. */
export const warn: OnError = (error, address) => {
  const whose = address === undefined ? "" : ` (for ${address.host} port ${address.port})`;
  process.emitWarning(`${error.message}${whose}`, "UpcallError");
};
