// What the language's own objects are like, so that it can be seen whether bytes from outside have changed one.

/** The globals whose own properties, and whose prototype's, must stay as they are. */
const globals = [
  "Object",
  "Function",
  "Array",
  "String",
  "Number",
  "Boolean",
  "BigInt",
  "Symbol",
  "Date",
  "RegExp",
  "Promise",
  "Map",
  "Set",
  "WeakMap",
  "WeakRef",
  "Error",
  "AggregateError",
  "Reflect",
  "JSON",
  "Math",
  "ArrayBuffer",
  "DataView",
  "Uint8Array",
  "Float64Array",
  "AbortSignal",
] as const;

type Properties = ReadonlyMap<PropertyKey, PropertyDescriptor>;

function propertiesOf(object: object): Properties {
  return new Map(
    Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key) ?? { value: undefined }]),
  );
}

export class Prototypes {
  readonly #known: readonly (readonly [string, object, Properties])[];

  constructor() {
    const found = globals.flatMap((name): readonly (readonly [string, object])[] => {
      const value: unknown = Reflect.get(globalThis, name);
      if ((typeof value !== "object" && typeof value !== "function") || value === null) return [];
      const prototype: unknown = Reflect.get(value, "prototype");
      return typeof prototype === "object" && prototype !== null
        ? [
            [name, value],
            [`${name}.prototype`, prototype],
          ]
        : [[name, value]];
    });
    this.#known = found.map(([name, object]) => [name, object, propertiesOf(object)]);
  }

  /** The names of what is not as it was when this was made. */
  changes(): string[] {
    return this.#known.flatMap(([name, object, before]) => {
      const now = propertiesOf(object);
      return [...new Set([...before.keys(), ...now.keys()])]
        .filter((key) => !same(before.get(key), now.get(key)))
        .map((key) => `${name}.${String(key)}`);
    });
  }
}

function same(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Object.is(one.value, other.value) && one.get === other.get && one.set === other.set;
}
