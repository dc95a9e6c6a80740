// The interface that the workers' tests serve, and the module that workers load: its default export is the skeleton.
import { defineInterface, method, oneway, type TypeOf } from "upcall";

export const Subject = defineInterface("Subject", {
  request: method<(data: string) => string>(),
  where: method<() => { pid: number; thread: number }>({ plain: "value" }),
  later: method<(ms: number) => string>({ plain: "value" }),
  spin: method<(ms: number) => string>({ plain: "value" }),
  exit: method<(code: number) => void>({ plain: "value" }),
  throws: method<() => void>({ plain: "value" }),
  untilAborted: method<() => string>({ plain: "value" }),
  never: method<() => void>({ plain: "value" }),
  echo: method<(value: unknown) => unknown>({ plain: "value" }),
  peer: method<() => string>({ plain: "value" }),
  count: method<() => number>({ plain: "value" }),
  append: method<(file: string, text: string) => void>({ plain: "value" }),
  appendSoon: oneway<(file: string, text: string) => void>(),
  sized: method<(bytes: number) => Uint8Array>({ plain: "value" }),
  crash: method<() => void>({ plain: "value" }),
  fill: method<() => void>({ plain: "value" }),
  bytes: method<(data: Uint8Array) => Uint8Array>({ plain: "bytes" }),
});
export type Subject = TypeOf<typeof Subject>;
