// For all sessions: objects of this side that can be disposed of, and how many connections hold each. An object that
// was returned as a result is disposed of when the last connection has given it back. An object that was lent in an
// argument is not: its caller disposes of it.

interface Given {
  /** How many times connections hold it: once for each interface that it was given as. */
  holders: number;
  /** It was returned as a result. */
  result: boolean;
}

/** For all connections of a host. */
export class GivenObjects {
  readonly #objects: WeakMap<object, Given> = new WeakMap();

  /** One more connection holds it. */
  hold(object: object): void {
    const given = this.#objects.get(object);
    if (given !== undefined) given.holders++;
    else if (isDisposable(object)) this.#objects.set(object, { holders: 1, result: false });
  }

  /** It was returned as a result, to a connection that holds it. */
  result(object: object): void {
    const given = this.#objects.get(object);
    if (given !== undefined) given.result = true;
  }

  /** A connection has given it back. @returns true when it must be disposed of */
  less(object: object): boolean {
    const given = this.#objects.get(object);
    if (given === undefined || --given.holders > 0) return false;
    this.#objects.delete(object);
    return given.result;
  }
}

function isDisposable(object: object): boolean {
  try {
    const { [Symbol.asyncDispose]: asynchronous, [Symbol.dispose]: synchronous } = object as Partial<
      AsyncDisposable & Disposable
    >;
    return typeof asynchronous === "function" || typeof synchronous === "function";
  } catch {
    // A getter of the object threw: it cannot be disposed of.
    return false;
  }
}
