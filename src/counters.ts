// Ground, known to every stage of the walk: a number for everything that was counted, and for every limit that was
// met. Plain fields, because some are moved on the path of every call.

/** All start at 0 and only grow, but for those named `...Now`. */
export class Counters {
  /** Connections accepted or made. */
  connections = 0;
  /** Connections that are open now. */
  connectionsNow = 0;
  /** Connections refused: too many in all, too many of one address, no worker left for them, or a server that closes. */
  connectionsRefused = 0;
  /** Calls begun on this side, by a proxy. */
  callsMade = 0;
  /** Calls received, for a skeleton. */
  callsReceived = 0;
  /** Upcalls that run now. */
  runningNow = 0;
  /** Upcalls whose method threw. */
  upcallsThrown = 0;
  /** Objects for one connection or one call that their function did not make. */
  objectsNotMade = 0;
  /** Objects for one connection or one call whose disposal failed. */
  objectsNotDisposed = 0;
  /** Calls and streams that ended by their deadline. */
  deadlinesExceeded = 0;
  /** Calls that ended by their caller's signal. */
  cancelled = 0;
  /** Frames, or plain messages, that were sent. */
  framesSent = 0;
  /** Frames, or plain messages, that came. */
  framesReceived = 0;
  /** Bytes that were sent. */
  bytesSent = 0;
  /** Bytes that came. */
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
  /** Bytes that were no frame, or a frame that nobody expected: each cost its connection. */
  badFrames = 0;
  /** Greetings that were none, or never came: each cost its connection. */
  badGreetings = 0;
  /** Connections that sent no whole greeting in time. */
  greetingTimeouts = 0;
  /** Connections refused because it was not known who they are. */
  notAuthenticated = 0;
  /** Calls refused by the server's own rules. */
  notAllowed = 0;
  /** Calls refused at once because as many run as may. */
  refusedRunning = 0;
  /** Calls refused at once because as many wait on this side as may. */
  refusedWaiting = 0;
  /** Calls refused because as many wait for a worker as may, or because they would wait, or have waited, too long. */
  refusedQueue = 0;
  /** Calls whose deadline passed before they were started. */
  expired = 0;
  /** Connections closed because too many cancels came. */
  cancelFloods = 0;
  /** Connections closed because the other side did not read. */
  unsentCloses = 0;
  /** Connections closed because the other side gave no sign of life. */
  silentCloses = 0;
  /** Streams that were produced here. */
  streamsSent = 0;
  /** Streams that were read here. */
  streamsReceived = 0;
  /** Streams that run now, both ways. */
  streamsNow = 0;
  /** Streams produced here that their reader left. */
  streamsStopped = 0;
  /** Streams that the garbage collector found, which nobody had read to their end or left. */
  streamsLeaked = 0;
  /** Streams refused because as many ran as may. */
  refusedStreams = 0;
  /** Items of streams that were sent. */
  itemsSent = 0;
  /** Items of streams that were taken by their reader. */
  itemsReceived = 0;
  /** Items that came and could not be read: each cost its stream and nothing else. */
  badItems = 0;
  /** Our objects that other sides hold now. */
  referencesNow = 0;
  /** Objects of other sides that are held here now. */
  referencesHeldNow = 0;
  /** References that the garbage collector found, which nobody had closed. */
  referencesLeaked = 0;
  /** References that were one too many. */
  referencesRefused = 0;
  /** References that were forged, foreign, closed, or of another interface. */
  badReferences = 0;
  /** Connections closed because the other side, which held objects of ours, gave no sign of life. */
  leasesExpired = 0;
  /** Calls of a result that was not there yet. */
  pipelined = 0;
  /** Calls of a result that was not there yet which were one too many, or too deep. */
  refusedPipelined = 0;
  /** Plain connections on which bytes came behind their one message or reply. */
  plainLeftOver = 0;
  /** Plain messages and replies without an end, not UTF-8, or not what their interface says. */
  plainBad = 0;
  /** Datagrams that came. */
  datagramsReceived = 0;
  /** Datagrams that were sent. */
  datagramsSent = 0;
  /** Datagrams lost on this side because they were too large or there was no room for them. */
  datagramsDropped = 0;
  /** Workers that were started. */
  workersStarted = 0;
  /** Workers that were lost: a crash or an exit. */
  workersLost = 0;
  /** Workers that were ended because an upcall would not stop. */
  workersEnded = 0;
  /** Messages that the own code of workers' objects sent here: told to `onMessage`, if there is one, and else to nobody. */
  workerMessages = 0;
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
