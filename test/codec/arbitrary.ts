// Every value the codec promises to carry, at random: the ground of the property tests.
import { fc } from "../harness/properties.ts";

/** Well-formed text of all planes, with the lengths at which heads change likely enough. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "\uFFFD", "\uFEFFa", "\u0000", "a".repeat(31), "a".repeat(32), "ü".repeat(16), "a".repeat(256)),
  fc.string({ minLength: 40, maxLength: 60 }),
);

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, -0, 127, 128, -32, -33, 2 ** 53, -(2 ** 53), 2 ** 53 - 1),
);

const date = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15), new Date(-1), new Date(2 ** 34 * 1000)),
);

const buffer = fc.uint8Array().map((bytes) => Uint8Array.from(bytes).buffer);

const binary = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  buffer,
  buffer.map((bytes) => new DataView(bytes)),
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);

const key = fc.oneof(
  fc.constantFrom("id", "name", "constructor", "toString", "then", "toJSON", "valueOf", "0", "7", ""),
  text.filter((name) => name !== "__proto__"),
);

/** Lists of plain objects that share their keys; some of them but for the last, which has one more, or another order. */
function records(nested: fc.Arbitrary<unknown>): fc.Arbitrary<object[]> {
  const parts = fc.tuple(
    fc.uniqueArray(key, { minLength: 1, maxLength: 10 }),
    fc.array(fc.array(nested, { minLength: 11, maxLength: 11 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom("same", "same", "more", "reversed"),
  );
  return parts.map(([keys, rows, last]) =>
    rows.map((values, row) => {
      const odd = row > 0 && row === rows.length - 1;
      const named = odd && last === "reversed" ? keys.toReversed() : keys;
      const entries = named.map((name, i): [string, unknown] => [name, values[i]]);
      if (odd && last === "more") entries.push(["one more", values[10]]);
      return Object.fromEntries(entries);
    }),
  );
}

const classes = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

function error(nested: fc.Arbitrary<unknown>): fc.Arbitrary<Error> {
  const parts = fc.record({
    made: fc.constantFrom(...classes, AggregateError),
    name: fc.option(text, { nil: undefined }),
    message: text,
    code: fc.option(text, { nil: undefined }),
    cause: fc.option(fc.tuple(nested), { nil: undefined }),
    errors: fc.array(nested, { maxLength: 3 }),
  });
  return parts.map(({ made, name, message, code, cause, errors }) => {
    const options = cause === undefined ? undefined : { cause: cause[0] };
    const aggregate = made === AggregateError;
    const thrown = aggregate
      ? new AggregateError(errors, message, options)
      : new (made as ErrorConstructor)(message, options);
    // An error of a class that is not in the closed list arrives as an Error, so the expectation must be one too.
    const own = name !== undefined && (aggregate || made === Error) && !classes.some((each) => each.name === name);
    if (own) Object.defineProperty(thrown, "name", { value: name });
    return code === undefined ? thrown : Object.assign(thrown, { code });
  });
}

export const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, undefined, true, false),
    number,
    text,
    fc.bigInt(),
    date,
    binary,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(key, tie("value"), { maxKeys: 20 }),
    records(tie("value")),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 5 }).map((values) => new Set(values)),
    error(tie("value")),
  ),
}));

/** What JSON can say, which is what other MessagePack libraries carry in the same bytes. */
export const { value: jsonValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false),
    // Where an integer beyond 2^53 - 1 is an int 64 to others, it is a float 64 to us: both lose nothing, and differ.
    number.filter((each) => !Number.isNaN(each) && (!Number.isInteger(each) || Number.isSafeInteger(each))),
    text,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(key, tie("value"), { maxKeys: 20 }),
    records(tie("value")),
  ),
}));
