// Servers by address on links, on virtual time, and a caller that knows their addresses: a test says which of them are
// there, ends them, and says what chance gives.

import { type CallOptions, type Interface, implement, type Limits, UpcallError } from "upcall";
import { Addresses } from "#internal/addresses/addresses.js";
import type { Endpoint } from "#internal/endpoint/platform.js";
import { notExecuted } from "#internal/errors.js";
import { Session } from "#internal/session/native/session.js";
import { nativeWire } from "#internal/session/native/wire.js";
import { refuseConnection } from "#internal/session/refuse-connection.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { type LinkEnd, link } from "../harness/link.ts";
import { newEndpoint, RealWork, type Settled, Work } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { Bank, RealBank } from "../references/bank.ts";

export interface FleetTerms {
  readonly limits?: Partial<Limits>;
  readonly reconnect?: boolean;
  readonly timeout?: number;
  readonly interfaces?: readonly Interface[];
}

/** One address: what is behind it, and who connected. */
export class Place {
  readonly url: string;
  readonly clock: VirtualClock;
  readonly endpoint: Endpoint;
  readonly real: RealWork = new RealWork();
  readonly bank: RealBank = new RealBank();
  /** Whether connections are taken. */
  up = true;
  /** Whether connecting hangs. */
  deaf = false;
  /** Whether connections are taken and never answered. */
  silent = false;
  /** What a greeting is answered with instead of a welcome. */
  refusal: UpcallError | null = null;
  /** When each attempt to connect came. */
  readonly tried: number[] = [];
  readonly sessions: Session[] = [];
  readonly ends: LinkEnd[] = [];

  constructor(url: string, clock: VirtualClock) {
    this.url = url;
    this.clock = clock;
    this.endpoint = newEndpoint(clock);
  }

  async connect(signal: AbortSignal | undefined): Promise<LinkEnd> {
    this.tried.push(this.clock.now());
    if (this.deaf)
      await new Promise<void>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("given up")));
      });
    if (!this.up) throw notExecuted("UNAVAILABLE", "CONNECTION_REFUSED", `nothing listens at ${this.url}`);
    const [near, far] = link();
    this.ends.push(far);
    if (this.refusal !== null) {
      const said = nativeWire.refusal(this.endpoint, this.refusal);
      if (said !== null) refuseConnection(this.endpoint, far, said, true, () => {});
    } else if (this.silent) far.start({ received: () => {}, drained: () => {}, ended: () => {}, closed: () => {} });
    else this.sessions.push(this.#session(far));
    return near;
  }

  #session(end: LinkEnd): Session {
    const table = new SkeletonTable([implement(Work, this.real), implement(Bank, this.bank)]);
    return new Session(this.endpoint, end, {
      role: "accepted",
      dispatcher: new InlineDispatcher(this.endpoint, table),
      interfaces: [],
      timeout: 30_000,
      onDraining: null,
      onClosed: () => {},
    });
  }

  /** The connections break, and none is taken any more. */
  kill(): void {
    this.up = false;
    for (const end of this.ends.splice(0)) end.destroy();
  }
}

export class Fleet {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: Endpoint;
  readonly places: readonly Place[];
  readonly addresses: Addresses;
  /** What chance gives from now on. */
  chance = 0.5;

  constructor(
    count: number,
    { limits = {}, reconnect = true, timeout = 30_000, interfaces = [Work] }: FleetTerms = {},
  ) {
    this.endpoint = newEndpoint(this.clock, limits);
    this.places = Array.from({ length: count }, (_, i) => new Place(`place-${i}`, this.clock));
    this.addresses = new Addresses(
      this.endpoint,
      this.places.map(({ url }) => url),
      {
        platform: this.endpoint.platform,
        wire: nativeWire,
        chance: () => this.chance,
        reconnect,
        reach: async (url, signal) => ({ connection: await this.place(url).connect(signal), token: null }),
        session: ({ connection }, announced, told) =>
          new Session(this.endpoint, connection, {
            role: "connected",
            dispatcher: ownObjects(this.endpoint),
            interfaces: announced,
            timeout,
            ...told,
          }),
      },
      timeout,
    );
    for (const subject of interfaces) this.addresses.announce(subject);
  }

  place(url: string | number): Place {
    const place = this.places.find((each, i) => each.url === url || i === url);
    if (place === undefined) throw new TypeError(`no place ${url}`);
    return place;
  }

  /** Connects; with what that came to. */
  async open(signal?: AbortSignal): Promise<{ settled: Settled | null }> {
    const result = settling(this.addresses.open(signal));
    await this.clock.settle();
    return result;
  }

  call(name: string, args: readonly unknown[] = [], options: CallOptions | null = null): { settled: Settled | null } {
    return this.callOn(Work, name, args, options);
  }

  callOn(
    subject: Interface,
    name: string,
    args: readonly unknown[],
    options: CallOptions | null = null,
  ): { settled: Settled | null } {
    const index = subject.table.findIndex((entry) => entry.name === name);
    const entry = subject.table[index];
    if (entry === undefined) throw new TypeError(`no method ${name}`);
    return settling(this.addresses.call(this.addresses.announce(subject) + index, entry, args, options, null));
  }
}

export function settling(promise: Promise<unknown>): { settled: Settled | null } {
  const result: { settled: Settled | null } = { settled: null };
  promise.then(
    (value) => {
      result.settled = { value };
    },
    (error: unknown) => {
      if (!(error instanceof UpcallError)) throw error;
      result.settled = { error };
    },
  );
  return result;
}
