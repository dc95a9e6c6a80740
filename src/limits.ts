// Ground, known to every stage of the walk: every limit with its default, its unit and its reason. Each is an option
// (`limits` of serve, open and connect) and moves a counter of the same walk in counters.ts when it is met.

const KiB = 1024;
const MiB = 1024 * KiB;

export interface Limits {
  /**
   * Bytes of arguments, or of a result, in one message; the envelope is not counted. 1 MiB on the plain wire. With a
   * higher limit: a byte array in arguments that is longer than 4 MiB is read while it is sent, and must not change
   * until then.
   */
  readonly message: number;
  /** Bytes of one frame before the greeting was answered: a stranger may not make us hold more. */
  readonly messageBeforeGreeting: number;
  /**
   * Bytes of the metadata of one call, or of its answer, at most 65,535: they are strings for people and programs
   * between.
   */
  readonly metadata: number;
  /** Entries of the metadata of one call, or of its answer: each is looked at before the call runs. */
  readonly metadataEntries: number;
  /** Containers in each other in one value: beyond it a decoder would exhaust the stack. */
  readonly depth: number;
  /** Values in one message, keys counted: small bytes may declare a great many objects. */
  readonly nodes: number;
  /**
   * Comparisons in one message of Map keys and Set values that collide, which are numbers, bigints or numeric strings:
   * engines hash those without a secret, and a stranger can choose thousands that are each compared with all others.
   */
  readonly collisions: number;
  /** Decimal digits of a bigint: arithmetic on longer ones stalls the event loop. */
  readonly bigintDigits: number;
  /** Calls running at once for one connection; the greeting announces it and the other side holds the rest. */
  readonly running: number;
  /** Calls running at once for a whole server; a connection on which none runs may begin one all the same. */
  readonly runningServer: number;
  /** Calls that a connection holds while the other side is at its limit. */
  readonly waiting: number;
  /** Bytes of arguments of calls that wait on one connection, and apart from them of long messages on their way out. */
  readonly waitingBytes: number;
  /** Bytes of messages that arrived in part, for one connection; as many again of calls that came and wait there. */
  readonly partialBytes: number;
  /**
   * Bytes that all connections of a thread or process may hold together of what is not whole, not begun or not read:
   * pieces of messages, arguments of calls that wait, results and items. Four times `message` at least. Above three
   * quarters of it the connection that holds most is refused more (BUSY), and at the whole it is closed; one that holds
   * less than 1 MiB is left alone. Connections of one address may hold half of it, but for Unix sockets and memory.
   */
  readonly memory: number;
  /** Calls that may follow a greeting before its answer: more of them end the connection. */
  readonly earlyCalls: number;
  /** Bytes of the calls that may follow a greeting before its answer: their caller is not known yet. */
  readonly earlyBytes: number;
  /** Bytes of one piece of a large message: small calls pass between pieces. */
  readonly piece: number;
  /** Bytes not yet taken by the kernel at which no new call is made or begun on a connection. */
  readonly unsentPause: number;
  /**
   * Bytes not yet taken by the kernel at which a connection is closed: the other side does not read. With as many bytes
   * of long results waiting, no call of it begins.
   */
  readonly unsentClose: number;
  /**
   * Milliseconds without progress of unsent output, or of pieces that are not read, after which a connection is
   * closed.
   */
  readonly unsentTime: number;
  /** Milliseconds for the first bytes of a new connection, and for the whole greeting. */
  readonly greetingTime: number;
  /** Milliseconds in which it must be known who sent a greeting: a hook that takes longer has refused. */
  readonly authenticationTime: number;
  /** Milliseconds in which it must be known whether a call may be made: a hook that takes longer has refused. */
  readonly authorizationTime: number;
  /** Cancels that may come at once on a connection: beyond it the connection is closed (HTTP/2's rapid reset). */
  readonly cancels: number;
  /** Cancels that may come on a connection in each second besides those at once. */
  readonly cancelsPerSecond: number;
  /** Streams at once each way on a connection: each holds a window, and a source that waits. */
  readonly streams: number;
  /**
   * Bytes of items that a stream's reader holds; at least 16 KiB. Twice the bytes under way is enough for full speed.
   */
  readonly streamWindow: number;
  /** Bytes of items that the readers of all streams of a connection hold together, beyond the first 16 KiB of each. */
  readonly streamsWindow: number;
  /** Methods of all interfaces that one side may announce on a connection: each has an entry in a table. */
  readonly announced: number;
  /** Objects of each side that the other one holds, for one connection: none of them can be collected meanwhile. */
  readonly references: number;
  /** Milliseconds of silence, at most, after which the other side is asked for a sign of life; 0: it never is. */
  readonly keepalive: number;
  /**
   * Milliseconds that a side which was asked for a sign of life has to give one: half-open connections are found
   * after both.
   */
  readonly keepaliveAnswer: number;
  /** The most milliseconds of silence of a side that holds objects of ours: then they are taken back. */
  readonly lease: number;
  /** Calls of results that are not here yet which may wait on one connection: their arguments are held. */
  readonly pipelined: number;
  /** How many calls that are not settled a call may depend on: each level is a frame of the stack when it fails. */
  readonly pipelineDepth: number;
  /** Connections of one server at once: one more is refused. */
  readonly connections: number;
  /**
   * Connections of one address to a server at once: one more is refused. This machine's own addresses, Unix sockets and
   * memory have no such limit; loopback has one where it is said.
   */
  readonly connectionsPerAddress: number;
  /** Calls that may wait for a worker of a pool: one more is refused (BUSY). */
  readonly queue: number;
  /**
   * Milliseconds that a call may wait for a worker of a pool, or a connection for one of its own: then it is refused
   * (BUSY).
   */
  readonly queueTime: number;
  /**
   * Milliseconds for a worker, or for serve(), to load the modules of what is served; one that takes longer is ended.
   */
  readonly workerStart: number;
  /** Workers at once where each connection has one of its own. */
  readonly workersPerConnection: number;
  /** Milliseconds of a call when nothing else is said. */
  readonly timeout: number;
  /** The most milliseconds that may be said of a call, and that a call which comes is given. */
  readonly timeoutMost: number;
  /** Milliseconds an upcall may go on after its deadline before its worker is ended. */
  readonly grace: number;
  /** Milliseconds that close() lets running calls go on before it cancels them. */
  readonly drain: number;
}

export const defaultLimits: Limits = {
  message: 4 * MiB,
  messageBeforeGreeting: 16 * KiB,
  metadata: 4 * KiB,
  metadataEntries: 32,
  depth: 64,
  nodes: 65_536,
  collisions: 1_048_576,
  bigintDigits: 4_096,
  running: 1_024,
  runningServer: 8_192,
  waiting: 16_384,
  waitingBytes: 32 * MiB,
  partialBytes: 32 * MiB,
  memory: 256 * MiB,
  earlyCalls: 32,
  earlyBytes: 16 * KiB,
  piece: 256 * KiB,
  unsentPause: MiB,
  unsentClose: 16 * MiB,
  unsentTime: 10_000,
  greetingTime: 10_000,
  authenticationTime: 5_000,
  authorizationTime: 5_000,
  cancels: 200,
  cancelsPerSecond: 50,
  streams: 128,
  streamWindow: 256 * KiB,
  streamsWindow: MiB,
  announced: 4_096,
  references: 4_096,
  keepalive: 30_000,
  keepaliveAnswer: 10_000,
  lease: 40_000,
  pipelined: 1_024,
  pipelineDepth: 16,
  connections: 10_000,
  connectionsPerAddress: 4_096,
  queue: 1_024,
  queueTime: 1_000,
  workerStart: 30_000,
  workersPerConnection: 64,
  timeout: 30_000,
  timeoutMost: 24 * 60 * 60 * 1000,
  grace: 1_000,
  drain: 10_000,
};

/**
 * The least that each may be, 0 where nothing is said: with it a side still makes and answers small calls. What belongs
 * to upcall itself, greetings and failures among it, is not held to the limits of values.
 */
export const leastLimits: Partial<Limits> = {
  message: 64,
  messageBeforeGreeting: 16 * KiB,
  depth: 1,
  nodes: 16,
  bigintDigits: 1,
  running: 1,
  runningServer: 1,
  waiting: 1,
  memory: 4 * 64,
  earlyCalls: 1,
  earlyBytes: KiB,
  piece: 16 * KiB,
  unsentPause: KiB,
  unsentClose: 64 * KiB,
  unsentTime: 10,
  greetingTime: 10,
  authenticationTime: 10,
  authorizationTime: 10,
  cancels: 1,
  streamWindow: 16 * KiB,
  announced: 1,
  keepaliveAnswer: 1,
  lease: 100,
  connections: 1,
  connectionsPerAddress: 1,
  queueTime: 1,
  workersPerConnection: 1,
  timeout: 1,
  timeoutMost: 1,
};

/** Limits in milliseconds, and the most that a timer takes: a longer one would fire at once. */
const times: ReadonlySet<string> = new Set([
  "unsentTime",
  "greetingTime",
  "authenticationTime",
  "authorizationTime",
  "keepalive",
  "keepaliveAnswer",
  "lease",
  "queueTime",
  "timeout",
  "timeoutMost",
  "grace",
  "drain",
]);
export const longestTimer = 0x7fff_ffff;
/** What may be a part of one in each second. */
const rates: ReadonlySet<string> = new Set(["cancelsPerSecond"]);

/** What is wrong with the value of a limit, as the end of a sentence that names it; null where nothing is. */
export function wrongLimit(name: keyof Limits, value: unknown): string | null {
  const least = leastLimits[name] ?? 0;
  if (typeof value !== "number" || Number.isNaN(value)) return `it must be a number, ${least} or more`;
  if (value < least) return `the least is ${least}`;
  if (times.has(name)) return value <= longestTimer ? null : `the most milliseconds of a timer are ${longestTimer}`;
  if (rates.has(name) || Number.isInteger(value) || value === Number.POSITIVE_INFINITY) return null;
  return `it must be a whole number, ${least} or more`;
}

/**
 * Whether something is a time that a call may be given: milliseconds, at most `timeoutMost` of the side that makes it.
 */
export function isTimeout(value: unknown, most: number = defaultLimits.timeoutMost): value is number {
  return typeof value === "number" && value > 0 && value <= most;
}

/** What the plain wire holds of one message, unless `message` is set. */
export const plainMessage: number = MiB;

/**
 * Connections that a plain caller has at once, where each call has one of its own; further calls wait. Few beside what
 * a server takes of one address, because there a connection that is just closing still counts.
 */
export const plainConnections = 128;

/** Bytes of the token by which a caller shows who it is. */
export const longestToken: number = 8 * KiB;

/** The envelope of a message (header, names, error fields) may add this much to its arguments or result. */
export const envelope: number = 64 * KiB;
