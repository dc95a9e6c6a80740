// Workers: the upcall is made here, in the thread that has the connection. Inside a worker of a pool it is made by this
// same code: there, too, the arguments have to be rebuilt and the object entered.

import type { Dispatcher, Holder, IncomingCall, Target } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { isError, isUpcallError, type Outcome, UpcallError } from "../errors.ts";
import { reported, thrownError, whyNot } from "../failure/thrown.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { isSchema } from "../interface/schema.ts";
import type { Spec } from "../interface/spec.ts";
import { checkArguments, checkResult } from "../skeleton/checked.ts";
import { Disposals } from "../skeleton/disposals.ts";
import { lateError } from "../skeleton/late.ts";
import { isUnentered } from "../skeleton/maker.ts";
import { SkeletonMethod, type SkeletonTable } from "../skeleton/table.ts";
import { isThenable, upcall } from "../skeleton/upcall.ts";
import { validateArguments, validateResult } from "../skeleton/validate.ts";
import { InterceptedUpcalls } from "./intercepted.ts";
import { PassedMethod, passOn, passWith } from "./passed-on.ts";

export class InlineDispatcher implements Dispatcher {
  readonly #endpoint: Endpoint;
  readonly #table: SkeletonTable;
  readonly #disposals: Disposals;
  readonly #intercepted: InterceptedUpcalls | null;

  /** @param interceptors what every call passes before it enters the object, the first one outermost */
  constructor(endpoint: Endpoint, table: SkeletonTable, interceptors: readonly Interceptor[] = []) {
    this.#endpoint = endpoint;
    this.#table = table;
    this.#intercepted = interceptors.length === 0 ? null : new InterceptedUpcalls(endpoint, interceptors);
    this.#disposals = new Disposals(endpoint.counters, endpoint.platform.hooks);
  }

  find(interfaceName: string, methodName: string, holder: Holder | null): Target | UpcallError {
    return this.#table.find(interfaceName, methodName, holder, this.#disposals);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const method = call.target;
    if (!(method instanceof SkeletonMethod)) return this.#passOn(call, method, bytes, start, end, owned);
    const { borrows, carries } = method.entry.method;
    const lent = owned && borrows;
    if (lent) call.borrow(bytes);
    let args: unknown[];
    try {
      args = this.#endpoint.decoder.list(bytes, start, end, lent ? "lent" : owned, carries !== null);
    } catch (error) {
      this.#refuse(call, error);
      return;
    }
    call.watch("decode", end - start);
    const specs = method.entry.method.args;
    if (specs === null) this.#enter(call, method, args);
    else this.#validated(call, method, specs, args);
  }

  startWith(call: IncomingCall, args: unknown[]): void {
    const method = call.target;
    if (method instanceof PassedMethod) return passWith(this.#endpoint, call, method, args);
    if (!(method instanceof SkeletonMethod)) throw foreign();
    const specs = method.entry.method.args;
    if (specs === null) this.#enter(call, method, args);
    else this.#validated(call, method, specs, args);
  }

  #passOn(call: IncomingCall, method: Target, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (!(method instanceof PassedMethod)) throw foreign();
    passOn(this.#endpoint, call, method, bytes, start, end, owned);
  }

  #validated(call: IncomingCall, method: SkeletonMethod, specs: readonly Spec[], args: unknown[]): void {
    try {
      const valid = validateArguments(method.entry, specs, args);
      if (valid instanceof Promise) {
        valid.then(
          (values) => this.#enterLate(call, method, values),
          (error: unknown) => this.#refuse(call, error),
        );
      } else this.#enter(call, method, valid);
    } catch (error) {
      this.#refuse(call, error);
    }
  }

  /** The signal says it all: code that runs in this thread cannot be stopped from outside. */
  cancel(_call: IncomingCall): void {}

  dispose(object: object, name: string, peer: string): void {
    this.#disposals.given(object, (thrown) => {
      reported(this.#endpoint, thrown, { method: `${name}, when it was disposed of`, peer, call: 0 });
    });
  }

  /** Fulfilled when objects that are not needed any more are disposed of, or the drain limit has passed. */
  async close(): Promise<void> {
    const { platform, limits } = this.#endpoint;
    await new Promise<void>((resolve) => {
      const timer = platform.clock.after(limits.drain, resolve);
      timer.keepAlive(true);
      void this.#disposals.settled().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #enter(call: IncomingCall, method: SkeletonMethod, decoded: unknown[]): void {
    const args = method.entry.method.carries === null ? decoded : this.#received(call, method, decoded);
    if (args === null) return;
    call.watch("upcall", 0);
    let result: unknown;
    try {
      const direct = this.#intercepted === null && this.#endpoint.platform.ambient === null;
      result = direct ? upcall(method, args, call) : this.#around(method, args, call);
      // Asking a result whether it can be awaited runs the object's code, too, and that may throw.
      if (isThenable(result)) return this.#await(call, method, result);
    } catch (error) {
      this.#thrown(call, method, error);
      return;
    }
    this.#returned(call, method, result);
  }

  /**
   * Enters the object by way of interceptors, where there are some, and so that its call is followed, where that is
   * wanted.
   */
  #around(method: SkeletonMethod, args: unknown[], call: IncomingCall): unknown {
    const { ambient } = this.#endpoint.platform;
    const intercepted = this.#intercepted;
    const enter = (): unknown =>
      intercepted === null ? upcall(method, args, call) : intercepted.enter(method, args, call);
    return ambient === null ? enter() : ambient.run(call, enter);
  }

  /** What arguments stand for that travel by reference; null where the call was refused. */
  #received(call: IncomingCall, method: SkeletonMethod, decoded: unknown[]): unknown[] | null {
    try {
      return checkArguments(method.entry, call.receive(decoded, false));
    } catch (error) {
      this.#refuse(call, error);
      return null;
    }
  }

  #await(call: IncomingCall, method: SkeletonMethod, result: PromiseLike<unknown>): void {
    result.then(
      (value) => this.#returned(call, method, value),
      (error: unknown) => this.#thrown(call, method, error),
    );
  }

  /** After a schema that took its time: the caller may be gone. */
  #enterLate(call: IncomingCall, method: SkeletonMethod, args: unknown[]): void {
    const late = lateError(method.entry, call);
    if (late === null) return this.#enter(call, method, args);
    if (late.reason === "EXPIRED") this.#endpoint.counters.expired++;
    call.failed(late);
  }

  #returned(call: IncomingCall, method: SkeletonMethod, value: unknown): void {
    call.watch("return", 0);
    const { returns } = method.entry.method;
    if (returns === null) call.returned(value);
    else this.#checked(call, method, returns, value);
  }

  #checked(call: IncomingCall, method: SkeletonMethod, returns: Spec, value: unknown): void {
    try {
      if (!isSchema(returns)) return call.returned(checkResult(method.entry, value, call));
      const valid = validateResult(method.entry, returns, value);
      if (valid instanceof Promise) {
        valid.then(
          (known) => call.returned(known),
          (error: unknown) => this.#unchecked(call, method, error),
        );
      } else call.returned(valid);
    } catch (error) {
      this.#unchecked(call, method, error);
    }
  }

  /** The result does not fit, or could not be checked. */
  #unchecked(call: IncomingCall, method: SkeletonMethod, error: unknown): void {
    call.failed(isUpcallError(error) ? error : this.#told(call, method, error, "executed"));
  }

  #thrown(call: IncomingCall, method: SkeletonMethod, error: unknown): void {
    call.watch("return", 0);
    if (!isUnentered(error)) {
      this.#endpoint.counters.upcallsThrown++;
      return call.failed(
        hasGivenUp(call, error) ? givenUp(method) : this.#told(call, method, error, "executed", null, true),
      );
    }
    const { error: ours, what } = error;
    call.failed(what === null && isUpcallError(ours) ? ours : this.#told(call, method, ours, "not-executed", what));
  }

  /** What the caller is told of something that user code threw. */
  #told(
    { id, peer }: IncomingCall,
    { entry }: SkeletonMethod,
    thrown: unknown,
    outcome: Outcome,
    what: string | null = null,
    itself = false,
  ): UpcallError {
    const { fullName, method } = entry;
    return thrownError(this.#endpoint, thrown, {
      what: what ?? fullName,
      method: fullName,
      peer,
      call: id,
      declared: method.errors,
      outcome,
      itself,
    });
  }

  /** The arguments are not what they should be. It costs this call and nothing else. */
  #refuse(call: IncomingCall, error: unknown): void {
    this.#endpoint.counters.badArguments++;
    // A schema may throw one of ours as well, and its outcome would say that the method ran.
    if (isUpcallError(error) && error.outcome === "not-executed") return call.failed(error);
    const { id, peer, target } = call;
    const { fullName: method } = target.entry;
    const what = `the arguments of ${method} could not be checked`;
    const { why, incident } = whyNot(this.#endpoint, what, error, { method, peer, call: id });
    const terms = { reason: "BAD_ARGUMENT", outcome: "not-executed", incident } as const;
    call.failed(new UpcallError("INVALID_ARGUMENT", why, terms));
  }
}

function foreign(): Error {
  return new TypeError("the call's target is another dispatcher's");
}

/** Code that obeys the signal of a call that was given up often throws an AbortError: that is no incident. */
function hasGivenUp(call: IncomingCall, thrown: unknown): boolean {
  try {
    return isError(thrown) && thrown.name === "AbortError" && call.signal.aborted;
  } catch {
    return false;
  }
}

function givenUp({ entry }: SkeletonMethod): UpcallError {
  return new UpcallError("CANCELLED", `${entry.fullName} gave up when its signal aborted`, { reason: "ABORTED" });
}
