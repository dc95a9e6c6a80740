// The session, references: objects of this side that can be disposed of, and how many connections hold each: one that was given
// as a result is disposed of when the last of them does not any more. What is lent stays its giver's, and so does its end.

interface Given {
  /** How often a connection holds it: once for each interface that it was given as. */
  holders: number;
  /** Somebody got it as a result. */
  result: boolean;
}

/** For all connections of a host. */
export class GivenObjects {
  readonly #objects: WeakMap<object, Given> = new WeakMap();

  /** One more holds it. */
  hold(object: object): void {
    const given = this.#objects.get(object);
    if (given !== undefined) given.holders++;
    else if (isDisposable(object)) this.#objects.set(object, { holders: 1, result: false });
  }

  /** It was given as a result, to one who holds it. */
  result(object: object): void {
    const given = this.#objects.get(object);
    if (given !== undefined) given.result = true;
  }

  /** One of those who held it does not; true where it is to be disposed of. */
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
    // Its getters are its own affair.
    return false;
  }
}
