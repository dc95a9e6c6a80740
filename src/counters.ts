// Ground, known to every stage of the walk: a number for everything that was counted, and for every limit that was
// met. Plain fields, because some are moved on the path of every call.

/** All start at 0 and only grow, but for those named `...Now`. */
export class Counters {
  /** Connections accepted or made, and those open now. */
  connections = 0;
  connectionsNow = 0;
  /** Connections refused: too many in all, too many of one address, or no worker left for them. */
  connectionsRefused = 0;
  /** Calls begun on this side (by a proxy) and calls received (for a skeleton). */
  callsMade = 0;
  callsReceived = 0;
  /** Upcalls that run now, and upcalls whose method threw. */
  runningNow = 0;
  upcallsThrown = 0;
  /** Objects for one connection or one call that their function did not make, and those whose disposal failed. */
  objectsNotMade = 0;
  objectsNotDisposed = 0;
  /** Calls that ended by their deadline, and by their caller's signal. */
  deadlinesExceeded = 0;
  cancelled = 0;
  /** Frames and bytes, both ways. */
  framesSent = 0;
  framesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Writes handed to the transport: one for each turn of the event loop that had something to say. */
  writes = 0;
  /** Messages over a limit: size, depth, nodes, digits. */
  messagesTooLarge = 0;
  /** Bytes that connections hold now of what is not whole, not begun or not read. */
  heldNow = 0;
  /** Messages, calls and pieces refused because their connection held the most while limits.memory was nearly met. */
  refusedMemory = 0;
  /** Connections closed because they held the most while limits.memory was met. */
  memoryCloses = 0;
  /** Long messages that were put together in memory of earlier ones. */
  memoryReused = 0;
  /** Arguments that could not be decoded or did not fit their schema; each cost its call and nothing else. */
  badArguments = 0;
  /** Metadata that was refused, on its way out or in: each cost its call, or where it came with an answer only itself. */
  badMetadata = 0;
  /** Calls of a method or an interface that is not here. */
  unimplemented = 0;
  /** Bytes that were no frame, a greeting that was none, an unknown kind: each cost its connection. */
  badFrames = 0;
  badGreetings = 0;
  /** Connections that sent no whole greeting in time. */
  greetingTimeouts = 0;
  /** Connections refused because it was not known who they are, and calls refused by the server's own rules. */
  notAuthenticated = 0;
  notAllowed = 0;
  /** Calls refused at once because running, waiting or queued calls were at their limit. */
  refusedRunning = 0;
  refusedWaiting = 0;
  refusedQueue = 0;
  /** Calls whose deadline passed before they were started. */
  expired = 0;
  /** Connections closed because too many cancels came, because the other side did not read, or gave no sign of life. */
  cancelFloods = 0;
  unsentCloses = 0;
  silentCloses = 0;
  /** Streams produced and read here, those that run now, those that their reader left, and those over the limit. */
  streamsSent = 0;
  streamsReceived = 0;
  streamsNow = 0;
  streamsStopped = 0;
  refusedStreams = 0;
  /** Items of streams, both ways, and those that could not be read: each cost its stream and nothing else. */
  itemsSent = 0;
  itemsReceived = 0;
  badItems = 0;
  /** Our objects that other sides hold now, and theirs that are held here. */
  referencesNow = 0;
  referencesHeldNow = 0;
  /** References that the garbage collector found, which nobody had closed. */
  referencesLeaked = 0;
  /** References that were one too many, and those that were forged, foreign, closed, or of another interface. */
  referencesRefused = 0;
  badReferences = 0;
  /** Those of them whose other side held objects of ours. */
  leasesExpired = 0;
  /** Calls of a result that was not there yet, and those of them that were one too many, or too deep. */
  pipelined = 0;
  refusedPipelined = 0;
  /** Plain messages with bytes left over, without an end, or not UTF-8. */
  plainLeftOver = 0;
  plainBad = 0;
  /** Datagrams in, out, and lost on this side because they were too large or the queue was full. */
  datagramsReceived = 0;
  datagramsSent = 0;
  datagramsDropped = 0;
  /** Workers started, lost (a crash or an exit), and ended because an upcall would not stop. */
  workersStarted = 0;
  workersLost = 0;
  workersEnded = 0;
}

/** The counters as a plain object of numbers: what `server.counters()` gives. */
export type CounterValues = { readonly [name in keyof Counters]: number };

export function snapshot(counters: Counters): CounterValues {
  return Object.assign({}, counters);
}

/** Adds what a worker counted; what it has `Now` is nothing any more. */
export function addCounters(counters: Counters, values: CounterValues | null): void {
  if (values === null) return;
  for (const name of Object.keys(values) as (keyof Counters)[]) {
    if (!name.endsWith("Now")) counters[name] += values[name];
  }
}
