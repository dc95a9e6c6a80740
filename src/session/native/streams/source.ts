// The session, streams: what a program may give where a stream is declared. Whatever it is, it is asked for one item
// after the other; no method is looked up here but those of the language's own protocols.

/** A source of items, begun: one `next` at a time, and `return` when no more are wanted. */
export interface Source {
  next(): unknown;
  return?(value?: unknown): unknown;
}

/** Web streams have no iterator in every browser. */
interface Readable {
  getReader(): { read(): Promise<unknown>; cancel(): Promise<unknown> };
}

/**
 * Begins an async iterable, an iterable that is no text, or a ReadableStream. Null for everything else. What the
 * program's own code throws comes out as it is.
 */
export function sourceOf(value: unknown): Source | null {
  if (typeof value !== "object" || value === null) return null;
  if (Symbol.asyncIterator in value) return (value as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  if (Symbol.iterator in value) return awaited(value as Iterable<unknown>);
  if ("getReader" in value) return readingOf(value as Readable);
  return null;
}

/** As `for await` reads an iterable: promises in it are waited for. */
async function* awaited(items: Iterable<unknown>): AsyncGenerator<unknown> {
  yield* items;
}

function readingOf(readable: Readable): Source {
  const reader = readable.getReader();
  return { next: () => reader.read(), return: () => reader.cancel() };
}
