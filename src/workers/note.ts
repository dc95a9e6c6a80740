// Workers: what a pool's owner adds in front of the arguments of every call on a link: when the call must be over, and
// who made it. A frame's header says how long a call may take from when it is read, and a worker may come to read it
// late; and the link's own other end is the owner.
//
//   0               8          9           9 + n
//   +---------------+----------+-----------+-------------     until: milliseconds of machineTime, in the machine's own
//   | until (f64)   | n (u8)   | peer      | arguments               order of bytes
//   +---------------+----------+-----------+-------------     peer:  UTF-8

const fixed = 9;
const longestPeer = 255;
/** Bytes of the longest note. */
export const longestNote: number = fixed + longestPeer;

const number = new Float64Array(1);
const numberBytes = new Uint8Array(number.buffer);
const toBytes = new TextEncoder();
const toText = new TextDecoder();

/** The same caller makes many calls: its text is made once, each way. */
let lastWritten = "";
let lastWrittenBytes: Uint8Array = new Uint8Array(0);
let lastRead = "";
let lastReadBytes: Uint8Array = new Uint8Array(0);

/** Bytes of the note on a call of this caller. */
export function noteLength(peer: string): number {
  if (peer !== lastWritten) {
    lastWritten = peer;
    lastWrittenBytes = toBytes.encode(peer).subarray(0, longestPeer);
  }
  return fixed + lastWrittenBytes.length;
}

/** Writes the note whose length was asked for last. */
export function writeNote(to: Uint8Array, at: number, until: number): void {
  number[0] = until;
  for (let i = 0; i < 8; i++) to[at + i] = numberBytes[i] ?? 0;
  const { length } = lastWrittenBytes;
  to[at + 8] = length;
  for (let i = 0; i < length; i++) to[at + fixed + i] = lastWrittenBytes[i] ?? 0;
}

/** A note alone. */
export function noteOf(until: number, peer: string): Uint8Array {
  const note = new Uint8Array(noteLength(peer));
  writeNote(note, 0, until);
  return note;
}

export interface Note {
  until: number;
  peer: string;
}

/** Fills `note`; gives where the arguments begin. */
export function readNote(bytes: Uint8Array, start: number, note: Note): number {
  for (let i = 0; i < 8; i++) numberBytes[i] = bytes[start + i] ?? 0;
  const first = start + fixed;
  const length = bytes[start + 8] ?? 0;
  let same = length === lastReadBytes.length;
  for (let i = 0; same && i < length; i++) same = bytes[first + i] === lastReadBytes[i];
  if (!same) {
    lastReadBytes = bytes.slice(first, first + length);
    lastRead = toText.decode(lastReadBytes);
  }
  note.until = number[0] ?? 0;
  note.peer = lastRead;
  return first + length;
}
