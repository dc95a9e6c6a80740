// Codec, beside the way down: for a thing that no codec can send, what it is and what its owner can send instead. It
// believes what the thing says of itself, because only people read the answer.

const texts: Readonly<Record<string, string>> = {
  Promise: "is a Promise: await it first",
  RegExp: "is a RegExp: send its source and its flags",
  String: "is a boxed String: send the string itself",
  Number: "is a boxed Number: send the number itself",
  Boolean: "is a boxed Boolean: send the boolean itself",
  Symbol: "is a boxed Symbol, which means something in its own process only: send a string",
  BigInt: "is a boxed BigInt: send the bigint itself",
  SharedArrayBuffer: "is a SharedArrayBuffer: send a copy of its bytes",
};

/** @returns the end of a sentence that begins with the place of the value */
export function adviceFor(value: object | symbol): string {
  if (typeof value === "symbol") return "is a symbol, which means something in its own process only: send a string";
  if (typeof value === "function") return "is a function: only a function that the interface declares can be sent";
  const name = className(value);
  const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
  if (text !== undefined) return text;
  for (const base of [Date, Map, Set, Array]) {
    if (value instanceof base && name !== base.name)
      return `is an instance of class ${name}, a subclass of ${base.name}: send a plain ${base.name}`;
  }
  if (Symbol.asyncIterator in value) return `is an async iterable (${name}): declare it as a stream in the interface`;
  return `is an instance of class ${name}: send plain data instead, as in { ...it }, or what the other side needs of it`;
}

function className(value: object): string {
  const made: unknown = Object.getPrototypeOf(value)?.constructor;
  return typeof made === "function" && made.name !== "" ? made.name : "without a name";
}
