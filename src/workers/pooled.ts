// Workers, inside one of a pool: upcalls are made inline here too; before each, the worker marks which call it is about
// to start where its owner can read it, and only then looks whether there is time for it.

import type { IncomingCall, Target, Workplace } from "../contract/callee.ts";
import type { Household } from "../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import type { InlineWorkplace } from "./inline.ts";
import { type Marks, onThread, reached } from "./marks.ts";
import { type Note, noPeer, readNote } from "./note.ts";

export class PooledWorkplace implements Workplace {
  readonly #home: Household;
  readonly #inline: InlineWorkplace;
  readonly #marks: Marks;
  readonly #note: Note = { until: 0, peer: noPeer, identity: null };
  #last = 0;

  constructor(home: Household, inline: InlineWorkplace, marks: Marks) {
    this.#home = home;
    this.#inline = inline;
    this.#marks = marks;
  }

  /** The connection is the link to the owner, on which the calls of many callers come. */
  find(interfaceName: string, methodName: string): Target | UpcallError {
    return this.#inline.find(interfaceName, methodName, null);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    // A long message may be whole only after later calls were started.
    if (!reached(this.#last, call.id)) {
      this.#last = call.id;
      this.#marks.start(call.id);
    }
    // After the mark: an owner who sees no mark long after the deadline knows that there will be no upcall.
    const first = readNote(this.#home.ownDecoder, bytes, start, this.#note);
    const until = Math.ceil(onThread(this.#note.until));
    if (until <= this.#home.platform.clock.now()) {
      const { fullName } = call.target.entry;
      return call.failed(
        notExecuted("DEADLINE_EXCEEDED", "EXPIRED", `the deadline of ${fullName} passed before a worker came to it`),
      );
    }
    // The frame's own count began when it was read, and it may have lain here for a while.
    call.deadline = until;
    call.peer = this.#note.peer;
    if (this.#note.identity !== null) call.identity = this.#note.identity;
    this.#inline.start(call, bytes, first, end, owned);
  }

  /** The owner passes calls on as bytes, with its note in front of them. */
  startWith(): void {
    throw new TypeError("a worker of a pool gets no values");
  }

  /** An upcall that will not stop is the owner's business, who has the other workers. */
  cancel(_call: IncomingCall): void {}

  dispose(object: object, name: string, peer: string): void {
    this.#inline.dispose(object, name, peer);
  }

  /** Fulfilled when what was made for connections and calls is disposed of, or the drain limit has passed. */
  close(): Promise<void> {
    return this.#inline.close();
  }
}
