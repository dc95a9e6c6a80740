// Ground, known to every stage of the walk: any thrown value, as a string for a log. It knows no platform, so that a
// log is the same everywhere. No value can make it throw. It calls no getters, except the two of an error that every
// console calls (`stack`, `cause`). The length of the string and the work have limits.

import { isError } from "./errors.ts";

/** Characters of the whole string, errors that are named, and how many causes deep. */
const maxCharacters = 16 * 1024;
const maxErrors = 16;
const maxCauseDepth = 8;
/** Characters of a stack, which must leave room for the rest, and of a string in an object. */
const maxStackCharacters = 4 * 1024;
const maxStringCharacters = 1024;
/** Objects within objects, values in all, and values of one object. */
const maxValueDepth = 4;
const maxValues = 256;
const maxValuesOfOne = 64;

/** All that is known of a thrown value, as one line: an error's stack and fields, with those of its causes. */
export function described(thrown: unknown): string {
  const texts: string[] = [];
  collect(thrown, "", 0, texts);
  return texts.join(" | ").slice(0, maxCharacters);
}

function collect(thrown: unknown, relation: string, depth: number, texts: string[]): void {
  if (texts.length >= maxErrors || depth > maxCauseDepth) return;
  try {
    if (!isError(thrown))
      return void texts.push(relation + (typeof thrown === "string" ? line(thrown) : shown(thrown)));
    texts.push(relation + stackOf(thrown) + fieldsOf(thrown));
    if (thrown.cause !== undefined) collect(thrown.cause, "caused by ", depth + 1, texts);
    const { errors } = thrown as { errors?: unknown };
    if (Array.isArray(errors)) for (const one of errors as unknown[]) collect(one, "one of them ", depth + 1, texts);
  } catch {
    texts.push(`${relation}something that cannot be read`);
  }
}

/** The stack, with the message in front where the stack does not have it. */
function stackOf(error: Error): string {
  const { name, message, stack } = error;
  const title = `${line(String(name))}: ${line(String(message))}`;
  if (typeof stack !== "string" || stack === "") return title;
  const text = line(stack.slice(0, maxStackCharacters));
  return stack.includes(String(message).slice(0, maxStackCharacters / 2)) ? text : `${title} | ${text}`;
}

function line(text: string): string {
  return text
    .slice(0, maxCharacters)
    .trimEnd()
    .replace(/\s*\n\s*/g, " | ");
}

/** An error's own fields, in which libraries say what is wrong; "" where there are none. */
function fieldsOf(error: Error): string {
  const told = ["stack", "message", "cause", "errors"];
  const fields = membersOf(error, { left: maxValues, around: [error] }, (name) => !told.includes(name));
  return fields.length === 0 ? "" : ` { ${fields.join(", ")} }`;
}

interface Work {
  /** Values that may still be shown. */
  left: number;
  /** The objects around the value. */
  readonly around: object[];
}

/** Any value, in the language's own notation as far as it has one. */
export function shown(value: unknown): string {
  return notation(value, { left: maxValues, around: [] }).slice(0, maxCharacters);
}

function notation(value: unknown, work: Work): string {
  work.left--;
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > maxStringCharacters ? `${value.slice(0, maxStringCharacters)}...` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `[function ${ownText(value, "name")}]`;
    case "object":
      if (value === null) return "null";
      break;
    default:
      return String(value);
  }
  if (work.around.includes(value)) return "[circular]";
  try {
    return objectOf(value, work);
  } catch {
    // A proxy whose handler throws, or whose target is gone.
    return "[something that cannot be read]";
  }
}

function objectOf(value: object, work: Work): string {
  if (isError(value))
    return `[${line(String(value.name))}: ${line(String(value.message)).slice(0, maxStringCharacters)}]`;
  if (ArrayBuffer.isView(value)) return `${classOf(value)}(${value.byteLength} bytes)`;
  const time = dateIn(value);
  if (time !== null) return time;
  const array = Array.isArray(value);
  if (work.around.length >= maxValueDepth || work.left <= 0) return array ? "[...]" : "{...}";
  work.around.push(value);
  try {
    if (array) return `[${itemsOf(value, work).join(", ")}]`;
    const members = membersOf(value, work, () => true);
    const name = classOf(value);
    const prefix = name === "" || name === "Object" ? "" : `${name} `;
    return members.length === 0 ? `${prefix}{}` : `${prefix}{ ${members.join(", ")} }`;
  } finally {
    work.around.pop();
  }
}

function itemsOf(array: readonly unknown[], work: Work): string[] {
  const texts: string[] = [];
  for (let index = 0; index < array.length; index++) {
    if (texts.length >= maxValuesOfOne || work.left <= 0) return [...texts, `... ${array.length - index} more`];
    texts.push(memberOf(array, String(index), work));
  }
  return texts;
}

function membersOf(object: object, work: Work, wanted: (name: string) => boolean): string[] {
  const texts: string[] = [];
  const names = Object.keys(object).filter(wanted);
  for (const [index, name] of names.entries()) {
    if (texts.length >= maxValuesOfOne || work.left <= 0) return [...texts, `... ${names.length - index} more`];
    const key = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
      ? name
      : JSON.stringify(name.slice(0, maxStringCharacters));
    texts.push(`${key}: ${memberOf(object, name, work)}`);
  }
  return texts;
}

/** The value of a data property. A getter is code and is not called. */
function memberOf(object: object, name: string, work: Work): string {
  const member = Object.getOwnPropertyDescriptor(object, name);
  if (member === undefined) return "";
  return "value" in member ? notation(member.value, work) : "[getter]";
}

/** The name of an object's class, where it is a data property. */
function classOf(object: object): string {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const made: unknown =
    prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof made === "function" ? ownText(made, "name") : "";
}

function ownText(object: object, name: string): string {
  const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value;
  return typeof value === "string" ? value.slice(0, maxStringCharacters) : "";
}

/** A Date of any realm: its time is read without its own code. */
function dateIn(value: object): string | null {
  try {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? "[invalid date]" : new Date(time).toISOString();
  } catch {
    return null;
  }
}
