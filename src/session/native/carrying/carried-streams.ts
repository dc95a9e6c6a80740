// The session, what is carried: streams at the places that an interface declares. It hangs each into the table of its
// connection, with the life and the times of its call.

import { leave } from "../../../call/iterables.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { type StreamPlace, streamNotDrained } from "../../../failure/stream-endings.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";
import type { FrameOutput } from "../output/output.ts";
import { firstCredit } from "../streams/flow.ts";
import type { IncomingStream } from "../streams/incoming-stream.ts";
import type { OutgoingStream } from "../streams/outgoing-stream.ts";
import { ReceivedStream } from "../streams/received.ts";
import { Streams } from "../streams/streams.ts";
import { placeOf, type ValuePath } from "./value-path.ts";

/** A stream that came, and where it was made, for people. */
interface Forgettable {
  readonly stream: IncomingStream;
  readonly made: string;
}

export class CarriedStreams {
  readonly table: Streams;
  readonly #endpoint: Endpoint;
  readonly #peer: string;
  /** Finds streams that came as results, and that the program does not hold any more. Made with the first of them. */
  #registry: FinalizationRegistry<Forgettable> | null = null;

  constructor(endpoint: Endpoint, output: FrameOutput, peer: string) {
    this.#endpoint = endpoint;
    this.#peer = peer;
    this.table = new Streams(endpoint, output, peer);
  }

  /**
   * Begins to produce; gives the stream's number, which goes out as a handle.
   * @throws UpcallError INVALID_ARGUMENT or INTERNAL for
   *   what is no source, RESOURCE_EXHAUSTED (TOO_MANY)
   */
  send(value: unknown, path: ValuePath): number {
    const streams = path.streams();
    const place = streamPlace(path);
    if (place.of === "argument") {
      const stream = this.table.produce(value, place, 0, () => {});
      streams.argument(stream);
      return stream.id;
    }
    const stream = this.#result(value, place, (error) => streams.resultEnded(error));
    streams.result(stream);
    // Not before the reply is written, and with it where the source is quick.
    void Promise.resolve().then(() => stream.begin());
    return stream.id;
  }

  /**
   * One that is refused was made all the same, and may be a stream of another connection, which would go on for ever.
   */
  #result(value: unknown, place: StreamPlace, ended: (error: UpcallError | null) => void): OutgoingStream {
    try {
      return this.table.produce(value, place, firstCredit, ended);
    } catch (error) {
      leave(value);
      throw error;
    }
  }

  /** A stream that was begun is not wanted: it never went out, or was not read. Harmless when it has ended. */
  takeBack(id: number): void {
    this.table.drop(id);
  }

  /**
   * A stream of the other side's came: what its reader gets.
   * @throws UpcallError BAD_REFERENCE, RESOURCE_EXHAUSTED (TOO_MANY)
   */
  receive(id: number, path: ValuePath): ReceivedStream {
    const streams = path.streams();
    const place = streamPlace(path);
    const argument = place.of === "argument";
    const stream = this.table.read(id, {
      place,
      first: argument ? 0 : firstCredit,
      deadline: streams.deadline,
      idle: streams.idle,
      ended: argument
        ? () => {}
        : (error) => {
            this.#registry?.unregister(stream);
            streams.resultEnded(error);
          },
    });
    const passing = path.holding === "passed";
    const received = new ReceivedStream(stream, passing);
    if (argument) streams.argument(stream);
    else streams.result(stream);
    // What is only passed on is held by who produces it further on, and an argument ends with its call.
    if (!argument && !passing) this.#watch(received, stream, placeOf(path));
    return received;
  }

  #watch(received: ReceivedStream, stream: IncomingStream, made: string): void {
    this.#registry ??= new FinalizationRegistry((forgotten) => this.#collected(forgotten));
    this.#registry.register(received, { stream, made }, stream);
  }

  /** A stream that was neither read to its end nor left. */
  #collected({ stream, made }: Forgettable): void {
    if (!stream.forget()) return;
    const { counters, onLeak, platform } = this.#endpoint;
    counters.streamsLeaked++;
    if (onLeak !== null) platform.hooks.tell("onLeak", onLeak, { interface: "upcall.Stream", made, peer: this.#peer });
  }

  /** Whether another one may come now, `coming` others with it. @throws UpcallError as for `receive` */
  check(id: number, coming: number, path: ValuePath): void {
    this.table.check(id, coming, streamPlace(path));
  }

  /** A stream came that will not be read. */
  refuse(id: number): void {
    this.table.stop(id, null);
  }

  /** The connection took some of what was unsent. */
  pump(): void {
    this.table.pump();
  }

  /** Fulfilled when no stream runs. */
  drained(): Promise<void> {
    return this.table.drained();
  }

  /** Those that run when so many milliseconds for that are over. */
  notDrained(drain: number): void {
    this.table.cancelAll((place) => streamNotDrained(place, drain));
  }

  /** The connection is gone. */
  lost(error: UpcallError): void {
    this.table.lost(error);
  }

  /** A frame of a stream. Throws where it breaks the protocol. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const { call: id } = header;
    if (header.kind === kind.item) this.table.itemsCame(header, bytes, start, end);
    else if (header.kind === kind.credit) this.table.creditCame(id, header.remaining);
    else if (header.kind === kind.end) this.table.endCame(id, bytes, start, end);
    else this.table.stopCame(id, bytes, start, end);
  }
}

function streamPlace({ entry, index, streams }: ValuePath): StreamPlace {
  const { peer, call } = streams();
  return { method: entry.fullName, of: index < 0 ? "result" : "argument", errors: entry.method.errors, peer, call };
}
