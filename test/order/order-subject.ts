// What the order of calls is looked at by, in every model of workers: an object that remembers how it was entered.
import { data, defineInterface, method, oneway, reference, type TypeOf } from "upcall";

export const Page = defineInterface("Page", {
  put: method<(name: string, text: string) => void>(),
  note: oneway<(name: string, text: string) => void>(),
});

export const Book = defineInterface("Book", {
  put: method<(name: string, text: string) => void>(),
  note: oneway<(name: string, text: string) => void>(),
  /** A page; the text is as long as it should be. */
  page: method({ args: [data<string>()], returns: reference(() => Page) }),
  /** The names of the calls in the order in which they entered, since this was asked last. */
  entered: method<() => readonly string[]>(),
});
export type Book = TypeOf<typeof Book>;
