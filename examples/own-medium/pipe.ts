// A medium of the program's own: places by name, and connections over pairs of streams in this thread.
import { PassThrough } from "node:stream";
import { type Connection, type ConnectionEvents, type Medium, UpcallError } from "upcall";

/** One end of a connection: it reads from one stream and writes to the other. */
export class PipeEnd implements Connection {
  readonly peer = { address: "", local: true, encrypted: false };
  readonly #from: PassThrough;
  readonly #to: PassThrough;

  constructor(from: PassThrough, to: PassThrough) {
    this.#from = from;
    this.#to = to;
    for (const stream of [from, to]) stream.on("error", () => {});
  }

  get unsent(): number {
    return this.#to.readableLength + this.#to.writableLength;
  }

  start(events: ConnectionEvents): void {
    let open = 2;
    const closed = (): void => {
      if (--open > 0) return;
      const whole = this.#from.readableEnded && this.#to.writableFinished;
      events.closed(whole ? null : new Error("the pipe was cut"));
    };
    this.#from.on("data", (bytes: Buffer) => events.received(bytes));
    this.#from.on("end", () => events.ended()).on("close", closed);
    this.#to.on("drain", () => events.drained()).on("close", closed);
  }

  /** A stream keeps what it is given, and `bytes` are used again: so it gets a copy. */
  write(bytes: Uint8Array): boolean {
    return !this.#to.writable || this.#to.write(Buffer.from(bytes));
  }

  pause(): void {
    this.#from.pause();
  }

  resume(): void {
    this.#from.resume();
  }

  end(): void {
    this.#to.end();
  }

  destroy(): void {
    for (const stream of [this.#from, this.#to]) stream.destroy();
  }
}

/** Both ends of a new connection. */
export function pipeEnds(): [PipeEnd, PipeEnd] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return [new PipeEnd(there, back), new PipeEnd(back, there)];
}

const inUse = { reason: "ADDRESS_IN_USE", outcome: "not-executed" } as const;
const places = new Map<string, (connection: Connection) => void>();

/** `pipe:name` */
export const pipe: Medium<string> = {
  scheme: "pipe",
  shape: "stream",
  traits: { local: true },

  parse(url) {
    const name = url.slice("pipe:".length);
    if (name === "") throw new Error("it names no place, as in pipe:app");
    return name;
  },

  async connect(name) {
    const accepted = places.get(name);
    if (accepted === undefined) throw new Error("nothing is served there");
    const [near, far] = pipeEnds();
    accepted(far);
    return near;
  },

  async listen(name, { accepted }) {
    if (places.has(name)) throw new UpcallError("UNAVAILABLE", `pipe:${name} is taken`, inUse);
    places.set(name, accepted);
    return { url: `pipe:${name}`, close: async () => void places.delete(name) };
  },
};
