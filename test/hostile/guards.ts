// The hooks of the attacked server's doors. A token says what they are to give, so that an attack chooses the hook it meets.

import type { Authenticate, Authorize } from "upcall";

/** Letters beyond ASCII, that others look like. */
export const secret = "Schlüssel-of-the-house-5e70c1";

/** Stands in the text of whatever is thrown here, and may be seen nowhere else. */
export const confidential = "confidential";

function fail(): never {
  throw new Error(`${secret} is ${confidential}`);
}

/** What a hook may give that has nothing to give. Some of it is given at once, and some takes time. */
export const odd: Readonly<Record<string, () => unknown>> = {
  "an error, thrown": fail,
  "null, thrown": () => {
    throw null;
  },
  nothing: () => undefined,
  null: () => null,
  false: () => false,
  0: () => 0,
  1: () => 1,
  NaN: () => Number.NaN,
  "a bigint": () => 1n,
  "an empty text": () => "",
  "a symbol": () => Symbol("true"),
  "a function": () => () => true,
  "an error": () => new Error(confidential),
  "a promise of nothing": () => Promise.resolve(),
  "a promise of an empty text": async () => "",
  "a rejected promise": async () => fail(),
  "a promise that never settles": () => new Promise(() => {}),
  // biome-ignore lint/suspicious/noThenProperty: what becomes of one is what is played
  "a then that does nothing": () => ({ then: () => {} }),
  // biome-ignore lint/suspicious/noThenProperty: as above
  "a then that throws": () => ({ then: fail }),
  "a then that throws when it is looked at": () => ({
    // biome-ignore lint/suspicious/noThenProperty: as above
    get then() {
      return fail();
    },
  }),
  "an object that throws whatever is done with it": throwing,
  "a promise of such an object": async () => throwing(),
  "an object that throws when it is asked what it is": () => shy,
  "a promise of one that throws when it is asked what it is": async () => shy,
  "a revoked object": revoked,
};

/** What only looks like `true`. It is somebody's identity, and still allows no call. */
export const oddPermissions: Readonly<Record<string, () => unknown>> = {
  ...odd,
  "a text": () => "true",
  "an object": () => ({ allowed: true }),
  "a boolean that is an object": () => Object(true),
  "a list": () => [true],
  "a promise of 1": async () => 1,
};

/** Of an object, nothing can be asked without an error. */
const shy: object = new Proxy({}, { getPrototypeOf: fail });

function throwing(): object {
  const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, fail]);
  return new Proxy({}, Object.fromEntries(traps));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

interface Person {
  readonly name: string;
  /** What is given where it wants to call `Target.echo`, or `everything`. */
  readonly may: string;
}

/** Tokens: the secret, `give ...`, `may ...`, or `later ...`, which is the same after a turn. */
export const authenticate: Authenticate = (token) => {
  if (token === secret) return { name: "the witness", may: "nothing" } satisfies Person;
  const [, how, what = ""] = /^(give|may|later) (.*)$/.exec(token ?? "") ?? [];
  if (how === "give") return odd[what]?.();
  if (how === undefined) return null;
  const person: Person = { name: "a stranger", may: what };
  return how === "may" ? person : new Promise((resolve) => setImmediate(() => resolve(person)));
};

export const authorize: Authorize = ({ identity, interface: interfaceName, method }) => {
  const { may } = identity as Person;
  if (may === "everything") return true;
  if (method === "echo") return oddPermissions[may]?.();
  return interfaceName === "Target" && (method === "reverse" || method === "throws");
};
