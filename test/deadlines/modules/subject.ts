// What the calls are made to that must never hang: each upcall writes down that it ran, and then does something or other.
import { defineInterface, method, type TypeOf } from "upcall";

/** What an upcall does once it has written itself down. */
export const deeds = ["return", "wait", "spin", "throw", "hang", "ignore"] as const;
export type Deed = (typeof deeds)[number];

export const Subject = defineInterface("Subject", {
  run: method<(file: string, call: number, deed: Deed, ms: number) => number>({ plain: "value" }),
  pid: method<() => number>({ plain: "value" }),
  exit: method<() => void>({ plain: "value" }),
});
export type Subject = TypeOf<typeof Subject>;
