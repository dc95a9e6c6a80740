// Ground: the other end of a connection, as a value. It knows no medium: each medium fills in what it knows.

/** The user and the process at the other end, where the system vouches for them. */
export interface PeerCredentials {
  readonly uid: number;
  readonly gid?: number | undefined;
  readonly pid?: number | undefined;
}

/** What a medium knows of the other end of a connection. */
export interface PeerFacts {
  /**
   * The network address without a port: `127.0.0.1`, `2001:db8::7`. Empty where there is none, as on Unix sockets and
   * in memory. It is what `limits.connectionsPerAddress` counts by.
   */
  readonly address: string;
  /** The port at that address; undefined where there is none. */
  readonly port?: number | undefined;
  /**
   * Whether the other end is on this machine: a Unix socket, memory, or a loopback address. A relay on this machine is
   * as well.
   */
  readonly local: boolean;
  /** Whether the medium encrypts what crosses. */
  readonly encrypted: boolean;
  /** The certificate that the other end has shown and the medium has checked, as `node:tls` describes one. */
  readonly certificate?: Readonly<Record<string, unknown>> | undefined;
  /** The headers of the request that opened the connection, names in lower case, on media that have such. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The site whose page opened the connection, as a browser says it. */
  readonly origin?: string | undefined;
  /** The user and the process at the other end, on media where the system vouches for them. */
  readonly credentials?: PeerCredentials | undefined;
}

/**
 * Who is at the other end of a connection. What it says is the medium's knowledge, and no proof of who calls: that is
 * what `authenticate` is for.
 */
export interface Peer extends PeerFacts {
  /** One line for people and logs: `127.0.0.1:40112`, `unix`, `memory`, or the URL that was connected to. */
  toString(): string;
}

/** A peer as plain data, for a thread or a process that gets its connection, or a call of it. */
export interface PeerData extends PeerFacts {
  /** What its `toString` gives. */
  readonly text: string;
}

class KnownPeer implements Peer {
  readonly address: string;
  declare readonly port?: number;
  readonly local: boolean;
  readonly encrypted: boolean;
  declare readonly certificate?: Readonly<Record<string, unknown>>;
  declare readonly headers?: Readonly<Record<string, string>>;
  declare readonly origin?: string;
  declare readonly credentials?: PeerCredentials;
  readonly #text: string;

  constructor({ address, port, local, encrypted }: PeerFacts, text: string) {
    this.address = address;
    if (port !== undefined) this.port = port;
    this.local = local;
    this.encrypted = encrypted;
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What only some media know. */
const further = ["certificate", "headers", "origin", "credentials"] as const;

function peerOf(facts: PeerFacts, text: string): Peer {
  const peer = new KnownPeer(facts, text);
  for (const name of further) if (facts[name] !== undefined) Object.assign(peer, { [name]: facts[name] });
  return peer;
}

/** A peer of this machine without an address: the other end of a Unix socket, of memory, or of a worker's link. */
export function localPeer(text: string): Peer {
  return new KnownPeer({ address: "", local: true, encrypted: false }, text);
}

/** A peer at a network address. */
export function networkPeer(address: string, port: number, text: string): Peer {
  return new KnownPeer({ address, port, local: isLoopback(address), encrypted: false }, text);
}

/** Whether a numeric address reaches this machine only. */
function isLoopback(address: string): boolean {
  return address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/** Of what `peerFrom` made, or a medium of the program's own. */
export function peerData(peer: Peer): PeerData {
  return { ...peer, text: peer.toString() };
}

export function peerFrom({ text, ...facts }: PeerData): Peer {
  return peerOf(facts, text);
}
