// The session, the caller's half: a result that was promised, and is an object of this side that came home. What is
// called of it then is called as any object is, by the names of its interface.

import type { Interface, MethodEntry } from "../../../interface/define.ts";
import type { Caller, CallOptions, Pipelined } from "../../contract.ts";

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

export class LocalCaller implements Caller {
  readonly peer: string = "this side";
  readonly #object: object | Promise<object>;

  constructor(object: object | Promise<object>) {
    this.#object = object;
  }

  /** Numbers are for connections. */
  announce(_subject: Interface): number {
    return 0;
  }

  async call(
    _number: number,
    { name }: MethodEntry,
    args: readonly unknown[],
    _options: CallOptions | null,
  ): Promise<unknown> {
    const object = (await this.#object) as Methods;
    return await object[name]?.(...args);
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    const result = this.call(number, entry, args, options);
    return { result, target: new LocalCaller(result as Promise<object>), taken: () => {} };
  }

  async close(): Promise<void> {}
}
