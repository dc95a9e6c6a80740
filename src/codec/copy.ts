// The session: bytes from one place to another. For the few bytes of a small call, making a view for `set` costs more
// than the copying, and leaves the view to the collector.

/** Bytes. Beyond it `set` is faster, on every engine that was tried. */
const maxLoopBytes = 128;

/** The views of what was copied from last: many small copies come out of the same two chunks, in turns. */
let last: Uint8Array = new Uint8Array(0);
let lastView: DataView = new DataView(last.buffer);
let former: Uint8Array = last;
let formerView: DataView = lastView;

/** Something with room. */
export interface Room {
  readonly bytes: Uint8Array;
  /** Of the same memory. */
  readonly view: DataView;
}

/** Copies `from` from `start` to `end` into `to` at `at`, where there is room. They must not overlap. */
export function copy(to: Room, at: number, from: Uint8Array, start: number, end: number): void {
  if (end - start > maxLoopBytes) to.bytes.set(from.subarray(start, end), at);
  else copyFew(to.view, at, from === last ? lastView : viewOf(from), start, end);
}

function copyFew(to: DataView, at: number, from: DataView, start: number, end: number): void {
  let source = start;
  let target = at;
  for (; source + 4 <= end; source += 4, target += 4) to.setUint32(target, from.getUint32(source));
  for (; source < end; source++, target++) to.setUint8(target, from.getUint8(source));
}

function viewOf(bytes: Uint8Array): DataView {
  const view = bytes === former ? formerView : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  former = last;
  formerView = lastView;
  last = bytes;
  lastView = view;
  return view;
}
