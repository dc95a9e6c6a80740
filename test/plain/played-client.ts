// A plain caller on virtual time, whose servers are played by a test byte by byte.
import assert from "node:assert/strict";
import type { CallOptions, Interface, UpcallError } from "upcall";
import type { Connection } from "#internal/connection.js";
import type { Caller } from "#internal/contract/caller.js";
import type { Endpoint } from "#internal/endpoint/platform.js";
import type { Limits } from "#internal/limits.js";
import type { Observer } from "#internal/observer.js";
import { plainWire } from "#internal/session/plain/wire.js";
import type { CallerEnd } from "#internal/wire/plain/end.js";
import { link } from "../harness/link.ts";
import { newEndpoint, type Settled } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { Played } from "./played.ts";
import { Subject } from "./subject.ts";

export type Result = { settled: Settled | null };

export class PlayedClient {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: Endpoint;
  readonly caller: Caller & { ping(): Promise<void> };
  /** The servers' ends, in the order they were connected to. */
  readonly servers: Played[] = [];
  /** What `connect` does; by default it connects at once. */
  connect: (signal: AbortSignal) => Promise<Connection> = async () => this.accept();

  constructor(end: CallerEnd, limits: Partial<Limits> = {}, observer: Observer | null = null) {
    this.endpoint = newEndpoint(this.clock, { message: 1000, ...limits }, observer);
    const wire = plainWire.with(end === "close" || end === "datagram" ? {} : { end }, end === "datagram");
    assert.ok(!wire.multiplexed);
    this.caller = wire.calls(this.endpoint, {
      peer: "the server",
      connect: ({ signal }) => this.connect(signal),
      connectTimeout: 10_000,
      timeout: 30_000,
    });
  }

  accept(): Connection {
    const [near, far] = link();
    this.servers.push(new Played(far));
    return near;
  }

  call(args: readonly unknown[], options: CallOptions | null = null, subject: Interface = Subject): Result {
    const result: Result = { settled: null };
    const [entry] = subject.table;
    assert.ok(entry);
    this.caller.call(0, entry, args, options, null).then(
      (value) => {
        result.settled = { value };
      },
      (error: UpcallError) => {
        result.settled = { error };
      },
    );
    return result;
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  /** The server says this, and ends its side. */
  async reply(server: number, text: string | Uint8Array): Promise<void> {
    this.servers[server]?.send(text);
    this.servers[server]?.end.end();
    await this.settle();
  }

  get left(): Record<string, number> {
    const { connectionsNow } = this.endpoint.counters;
    return { deadlines: this.endpoint.platform.deadlines.size, kept: this.clock.kept, connectionsNow };
  }
}

export const nothingLeft = { deadlines: 0, kept: 0, connectionsNow: 0 };
