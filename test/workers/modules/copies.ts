// Counts how often a marked text is copied from memory to memory in the thread or process that loads this, by standing in front of
// all that a program can copy bytes with.
import { defineInterface, implement, method } from "upcall";

/** Longer than what is copied byte by byte, which cannot be seen; and ASCII, so that it is found in bytes. */
export const marked: string = `<${"marked ".repeat(40)}>`;
const bytes: Buffer = Buffer.from(new TextEncoder().encode(marked));

let count = 0;

function look(source: Uint8Array): void {
  if (Buffer.from(source.buffer, source.byteOffset, source.byteLength).includes(bytes)) count++;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

const own = Object.getPrototypeOf(Uint8Array.prototype) as object;
const set = Reflect.get(own, "set") as Uint8Array["set"];
const slice = Reflect.get(own, "slice") as Uint8Array["slice"];
const plain: typeof Uint8Array = Uint8Array;

/** Copies from here on are counted; of all that is loaded before and after this. */
export function countCopies(): void {
  Uint8Array.prototype.set = function (this: Uint8Array, source: ArrayLike<number>, at?: number): void {
    if (isBytes(source)) look(source);
    set.call(this, source, at);
  };
  Uint8Array.prototype.slice = function (this: Uint8Array, start?: number, end?: number) {
    const made = slice.call(this, start, end);
    look(made);
    return made;
  };
  globalThis.Uint8Array = new Proxy(plain, {
    construct(target, args: unknown[], made): object {
      if (isBytes(args[0])) look(args[0]);
      return Reflect.construct(target, args, made) as object;
    },
  });
}

/** How many there were since this was asked last. */
export function copies(): number {
  const counted = count;
  count = 0;
  return counted;
}

export const Copied = defineInterface("Copied", {
  /** Gives how often its argument was copied where the method runs. */
  take: method<(text: string) => number>(),
  /** The same with a text that goes back. */
  give: method<() => string>(),
});

countCopies();

export default implement(Copied, {
  take: () => copies(),
  give: () => marked,
});
