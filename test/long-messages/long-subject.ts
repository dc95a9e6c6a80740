// Long messages, for every model of workers: an interface whose methods keep what they get, or only borrow it.
import { defineInterface, method, type TypeOf } from "upcall";

export const Long = defineInterface("Long", {
  small: method<(text: string) => string>(),
  /** Keeps the bytes; gives their sum, and whether all that was kept before is as it was. */
  keep: method<(bytes: Uint8Array) => { sum: number; unchanged: boolean }>(),
  /** The sum before and after others had their turn. */
  borrow: method<(bytes: Uint8Array) => Promise<readonly [number, number]>>({ borrows: true }),
  turned: method<(bytes: Uint8Array) => Uint8Array>({ borrows: true }),
});
export type Long = TypeOf<typeof Long>;

export const sum = (bytes: Uint8Array): number => {
  let all = bytes.length;
  for (let at = 0; at < bytes.length; at += 101) all = (all * 31 + (bytes[at] ?? 0)) >>> 0;
  return all;
};
