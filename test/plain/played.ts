// A plain server's session on virtual time, whose client is played by a test byte by byte.
import { context, type IncidentReport, type Interface, implement, type UpcallError } from "upcall";
import type { ConnectionEvents } from "#internal/connection.js";
import type { Endpoint } from "#internal/endpoint/platform.js";
import type { Limits } from "#internal/limits.js";
import type { Observer } from "#internal/observer.js";
import { plainTarget } from "#internal/session/plain/plain-upcall.js";
import { PlainSession } from "#internal/session/plain/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import type { PlainEnd } from "#internal/wire/plain/end.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { type LinkEnd, link } from "../harness/link.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { reverse, Subject } from "./subject.ts";

/** One end of a connection without a session: keeps what comes. */
export class Played implements ConnectionEvents {
  readonly end: LinkEnd;
  /** What came, as text; each segment by itself in `chunks`. */
  got = "";
  readonly chunks: string[] = [];
  hasEnded = false;
  closedWith: UpcallError | null | undefined = undefined;

  constructor(end: LinkEnd) {
    this.end = end;
    end.start(this);
  }

  send(bytes: string | Uint8Array): void {
    this.end.write(typeof bytes === "string" ? new Uint8Array(Buffer.from(bytes)) : bytes);
  }

  received(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString();
    this.got += text;
    this.chunks.push(text);
  }

  drained(): void {}

  ended(): void {
    this.hasEnded = true;
  }

  closed(error: UpcallError | null): void {
    this.closedWith = error;
  }
}

export interface PlayedTerms {
  readonly end: PlainEnd;
  readonly limits?: Partial<Limits>;
  readonly observer?: Observer;
}

export class PlayedServer {
  readonly clock: VirtualClock = new VirtualClock();
  readonly endpoint: Endpoint;
  readonly session: PlainSession;
  readonly client: Played;
  /** The server's end. */
  readonly far: LinkEnd;
  readonly closed: (UpcallError | null)[] = [];
  readonly incidents: IncidentReport[] = [];

  constructor(subject: Interface, object: object, terms: PlayedTerms) {
    const [near, far] = link();
    this.far = far;
    const limits = { message: 1024 * 1024, ...terms.limits };
    this.endpoint = newEndpoint(this.clock, limits, terms.observer ?? null, this.incidents);
    const dispatcher = new InlineDispatcher(this.endpoint, new SkeletonTable([implement(subject, object as never)]));
    this.client = new Played(near);
    this.session = new PlainSession(this.endpoint, far, {
      to: plainTarget(dispatcher, [subject], null),
      end: terms.end,
      onClosed: (error) => this.closed.push(error),
    });
  }

  async send(bytes: string | Uint8Array): Promise<void> {
    this.client.send(bytes);
    await this.clock.settle();
  }

  /** Counters that are not 0, but for bytes and frames. */
  get counted(): Record<string, number> {
    const passed = /^(bytes|frames|writes|callsReceived)/;
    return Object.fromEntries(
      Object.entries(this.endpoint.counters).filter(([name, value]) => value !== 0 && !passed.test(name)),
    );
  }

  /** What must be 0 when all is over. */
  get left(): Record<string, number> {
    const { deadlines } = this.endpoint.platform;
    return { deadlines: deadlines.size, running: this.endpoint.counters.runningNow, kept: this.clock.kept };
  }
}

export const nothingLeft = { deadlines: 0, running: 0, kept: 0 };

type Request = (data: string) => unknown;

export function served(
  end: PlayedTerms["end"],
  terms: Omit<PlayedTerms, "end"> = {},
  request: Request = reverse,
): PlayedServer {
  return new PlayedServer(Subject, { request }, { end, ...terms });
}

/** An object whose calls settle when the test says so. */
function waiting() {
  const calls: { data: string; signal: AbortSignal; reply: (value: unknown) => void }[] = [];
  const request = (data: string): Promise<string> =>
    new Promise((resolve) => {
      const { signal } = context();
      calls.push({ data, signal, reply: resolve as (value: unknown) => void });
    });
  return { calls, request };
}

export function servedWaiting(end: PlayedTerms["end"], terms: Omit<PlayedTerms, "end"> = {}) {
  const { calls, request } = waiting();
  return { calls, server: new PlayedServer(Subject, { request }, { end, ...terms }) };
}
