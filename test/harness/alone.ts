// One session whose other side is played by hand, on virtual time.

import type { CallOptions, UpcallError } from "upcall";
import type { Endpoint } from "#internal/endpoint/platform.js";
import type { Limits } from "#internal/limits.js";
import type { Session } from "#internal/session/native/session.js";
import { type LinkEnd, link } from "./link.ts";
import { clientSession, newEndpoint, RealWork, type Settled, serverSession, type Terms, Work } from "./sessions.ts";
import { Stranger } from "./stranger.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A server's session; the client is a stranger. */
export class AloneServer {
  readonly clock: VirtualClock = new VirtualClock();
  readonly real: RealWork = new RealWork();
  readonly endpoint: Endpoint;
  readonly end: LinkEnd;
  readonly session: Session;
  readonly closed: (UpcallError | null)[];
  readonly client: Stranger;

  constructor(limits: Partial<Limits> = {}, terms: Terms = {}) {
    const [near, far] = link();
    this.endpoint = newEndpoint(this.clock, limits);
    this.end = far;
    const { session, closed } = serverSession(this.endpoint, far, this.real, terms);
    this.session = session;
    this.closed = closed;
    this.client = new Stranger(near);
  }

  /** The stranger greets, and names the methods of Work in their order. */
  async greet(fields: Record<string, unknown> = {}): Promise<void> {
    this.client.greet({ ...fields, interfaces: [["Work", Work.table.map(({ name, method }) => [name, method.kind])]] });
    await this.clock.settle();
  }
}

/** A client's session; the server is a stranger. */
export class AloneClient {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: Endpoint;
  readonly end: LinkEnd;
  readonly session: Session;
  readonly closed: (UpcallError | null)[];
  readonly server: Stranger;
  readonly draining: string[] = [];
  onDraining: () => void = () => this.draining.push("draining");

  constructor(limits: Partial<Limits> = {}, terms: Terms = {}) {
    const [near, far] = link();
    this.endpoint = newEndpoint(this.clock, limits);
    this.end = near;
    const { session, closed } = clientSession(this.endpoint, near, terms, () => this.onDraining());
    this.session = session;
    this.closed = closed;
    this.server = new Stranger(far);
  }

  call(name: string, args: readonly unknown[] = [], options: CallOptions | null = null): { settled: Settled | null } {
    const index = Work.table.findIndex((entry) => entry.name === name);
    const entry = Work.table[index];
    if (entry === undefined) throw new TypeError(`no method ${name}`);
    const result: { settled: Settled | null } = { settled: null };
    this.session.call(index, entry, args, options).then(
      (value) => {
        result.settled = { value };
      },
      (error: UpcallError) => {
        result.settled = { error };
      },
    );
    return result;
  }
}

/** The numbers under which a greeted stranger calls the methods. */
export const numberOf = Object.fromEntries(Work.table.map(({ name }, index) => [name, index])) as Record<
  string,
  number
>;
