// Sockets: one worker at work on one connection or one datagram, as the server sees it. It knows neither threads nor
// processes: the code that starts the worker gives it a way to end it, and reports its end.
import { textOf, UpcallError } from "../errors.ts";
import { arrived, type CarriedError } from "./worker-messages.ts";

export class Running {
  /** Settles when the worker has gone: rejected with the reason when its work did not end well. */
  readonly gone: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: UpcallError) => void = () => undefined;
  readonly #stop: () => void;
  #ended = false;
  #reported = false;
  #failure: UpcallError | undefined;

  /** @param stop ends the worker at once, whatever it does */
  constructor(stop: () => void) {
    this.#stop = stop;
    this.gone = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Ends the worker because the server closes; that is not the worker's failure. */
  end(): void {
    this.#ended = true;
    this.#stop();
  }

  /** The worker said that its work is over. */
  reported(error?: CarriedError): void {
    this.#reported = true;
    if (error !== undefined) this.#failure ??= arrived(error);
  }

  /** The worker could not be started, or died of this. */
  failed(error: unknown, what: string): void {
    const text = `${what}: ${textOf(error)}`;
    this.#failure ??= new UpcallError("UNAVAILABLE", text, { reason: "WORKER_LOST", outcome: "unknown", cause: error });
  }

  /** The worker is gone, `how` it ended being part of the error when it had not reported. */
  left(how: string): void {
    if (this.#failure === undefined && !this.#reported) {
      const text = `the worker ended (${how}) before its run did; look into the module for what ends it`;
      this.#failure = new UpcallError("UNAVAILABLE", text, { reason: "WORKER_LOST", outcome: "unknown" });
    }
    if (this.#failure === undefined || this.#ended) this.#resolve();
    else this.#reject(this.#failure);
  }
}
