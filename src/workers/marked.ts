// Workers, inside: upcalls are made inline here too; before each, the worker marks what it is about to do where its
// owner can read it.

import type { UpcallError } from "../errors.ts";
import type { IncomingCall, Target, Workplace } from "../session/contract.ts";
import type { Household } from "../session/platform.ts";
import type { SkeletonOf } from "../skeleton/skeleton.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineWorkplace } from "./inline.ts";
import { type Marks, machineTime } from "./marks.ts";

/** The workplace in a worker: inline, with marks. `giveUp` ends this worker: an upcall of it would not stop. */
export class MarkedWorkplace implements Workplace {
  readonly #home: Household;
  readonly #inline: InlineWorkplace;
  readonly #marks: Marks;
  readonly #giveUp: () => void;

  constructor(home: Household, skeletons: readonly SkeletonOf[], marks: Marks, giveUp: () => void) {
    this.#home = home;
    this.#inline = new InlineWorkplace(home, new SkeletonTable(skeletons));
    this.#marks = marks;
    this.#giveUp = giveUp;
  }

  find(interfaceName: string, methodName: string): Target | UpcallError {
    return this.#inline.find(interfaceName, methodName);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number): void {
    const { deadline, id } = call;
    this.#marks.begin(id, machineTime() + deadline - this.#home.platform.clock.now());
    this.#inline.start(call, bytes, start, end);
    this.#marks.finish();
  }

  /** An upcall that waits for something and ignores its signal is not stuck in a loop, but it must end as well. */
  cancel(call: IncomingCall): void {
    const { clock } = this.#home.platform;
    if (clock.now() < call.deadline - 1) return;
    clock.after(this.#home.limits.grace, () => {
      if (!call.settled) this.#giveUp();
    });
  }
}
