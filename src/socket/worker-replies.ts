// Sockets, inside a worker: replies to a datagram, which the server's own socket sends. It knows neither that socket
// nor how messages reach it.
import type { Data } from "./bytes.ts";
import { toBytes } from "./bytes.ts";
import { arrived, type FromWorker, type ToWorker } from "./worker-messages.ts";
import type { Reply } from "./worker-run.ts";

interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Replies {
  readonly #post: (message: FromWorker) => void;
  readonly #open = new Map<number, Settle>();
  #last = 0;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  readonly reply: Reply = (data: Data) =>
    new Promise<void>((resolve, reject) => {
      // A copy: a view would be posted with the whole buffer it looks at, which may hold other data.
      const bytes = new Uint8Array(toBytes("reply", data));
      this.#last += 1;
      this.#open.set(this.#last, { resolve, reject });
      this.#post({ kind: "reply", id: this.#last, bytes });
    });

  told(message: ToWorker): void {
    if (message.kind !== "replied") return;
    const settle = this.#open.get(message.id);
    this.#open.delete(message.id);
    if (message.error === undefined) settle?.resolve();
    else settle?.reject(arrived(message.error));
  }
}
