// Codec, on the way up: what a plain object becomes when the peer chooses its keys. An engine gives objects with the
// same keys one shape: cheap where there are many such objects, expensive where each is the only one. It keeps numeric
// keys in an array with room for all numbers between. Here such objects are made to use a table instead, so that the
// cost of a message grows with its length only. It knows no bytes.

export type Fields = Record<string, unknown>;

/** Fields from which on engines use a table by themselves. */
export const manyFields = 32;
/**
 * How far a numeric key may lie beyond twice as many as there are fields: room for so many in an array costs little.
 */
const maxLooseKeys = 32;
/** Engines go over to a table at a gap of 1,024. */
const minTableGap = 512;
const farthest = 0xffff_fffe;

/**
 * The same fields in an object that is a table, and has no shape to share: deleting one makes it that.
 * @param far whether its numeric keys are to be in a table as well
 */
export function asTable(fields: Fields, far: boolean): Fields {
  const table: { [key: string]: unknown; a?: number; b?: number } = { a: 0, b: 0 };
  delete table.a;
  delete table.b;
  if (far) spread(table);
  for (const key of Object.keys(fields)) setField(table, key, fields[key]);
  return table;
}

/** Makes a table of an object that is there and has few fields. */
export function makeTable(object: object): void {
  const names = ["\u0000a", "\u0000b"];
  for (const name of names) define(object, name, 0);
  for (const name of names) Reflect.deleteProperty(object, name);
}

/**
 * Sets a field whose name may be anything but `__proto__`, whatever objects inherit under it: a setter, or nothing
 * writable because Object.prototype is frozen.
 */
export function setField(fields: Fields, key: string, value: unknown): void {
  if (key in fields) define(fields, key, value);
  else fields[key] = value;
}

/** The same for a numeric key, by its number: what engines make of a string each time takes longer than setting it. */
export function setIndex(fields: Fields, index: number, value: unknown): void {
  if (index in Object.prototype) define(fields, String(index), value);
  else fields[index] = value;
}

/** An own property, whatever the prototype has of that name. */
export function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * Whether a numeric key leaves too much room between it and the others of an object that has so many fields.
 * @param top the largest of them, or -1
 */
export function isFar(index: number, fields: number, top: number): boolean {
  return index > maxLooseKeys + 2 * fields || index > top + minTableGap;
}

/**
 * From now on the object's numeric keys are in a table. By itself an engine may copy all of them at each gap between
 * two, or make room for a thousand because of one.
 */
export function spread(fields: Fields): void {
  if (farthest in fields) return;
  fields[farthest] = 0;
  Reflect.deleteProperty(fields, farthest);
}
