// Ground, known to every stage of the walk: a number for everything that is counted, and for every limit that was
// reached. They are plain fields, because some change with every call.

/** All start at 0 and only grow, but for those named `...Now`. */
export class Counters {
  /** Connections accepted or made. */
  connections = 0;
  /** Connections that are open now. */
  connectionsNow = 0;
  /**
   * Connections refused: too many in all, too many of one address, no worker left for them, or a server that closes.
   */
  connectionsRefused = 0;
  /** Calls begun on this side, by a proxy. */
  callsMade = 0;
  /** Calls received, for a skeleton. */
  callsReceived = 0;
  /** Upcalls that run now. */
  runningNow = 0;
  /** Events of workers that no observer was told of, because there were more than a worker may hold. */
  eventsDropped = 0;
  /** Upcalls whose method threw. */
  upcallsThrown = 0;
  /** Objects for one connection or one call whose function failed to make them. */
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
  /** Writes handed to the transport: one for each turn of the event loop in which frames were sent. */
  writes = 0;
  /** Messages over a limit: size, depth, nodes, digits. */
  messagesTooLarge = 0;
  /** Bytes that connections hold now of messages that are incomplete, not begun or not read. */
  heldNow = 0;
  /**
   * Messages, calls and pieces refused because their connection held the most while limits.memory was nearly used up.
   */
  refusedMemory = 0;
  /** Connections closed because they held the most while limits.memory was used up. */
  memoryCloses = 0;
  /** Long messages that were put together in memory of earlier ones. */
  memoryReused = 0;
  /** Arguments that could not be decoded or did not fit their schema; each cost its call and nothing else. */
  badArguments = 0;
  /** Metadata that was refused, sent or received. Each cost its call; metadata of an answer was only dropped. */
  badMetadata = 0;
  /** Calls of a method or an interface that does not exist. */
  unimplemented = 0;
  /** Bytes that were no frame, or an unexpected frame: each cost its connection. */
  badFrames = 0;
  /** Greetings that were malformed or never came: each cost its connection. */
  badGreetings = 0;
  /** Connections that sent no whole greeting in time. */
  greetingTimeouts = 0;
  /** Connections refused by `authenticate`. */
  notAuthenticated = 0;
  /** Calls refused by the server's own rules. */
  notAllowed = 0;
  /** Calls refused at once because `limits.running` or `limits.runningServer` calls ran. */
  refusedRunning = 0;
  /** Calls refused at once because `limits.waiting` calls waited on this side. */
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
  /** Streams that the garbage collector found, and that were neither read to their end nor left. */
  streamsLeaked = 0;
  /** Streams refused because as many ran as may. */
  refusedStreams = 0;
  /** Items of streams that were sent. */
  itemsSent = 0;
  /** Items of streams that were taken by their reader. */
  itemsReceived = 0;
  /** Items that came and could not be read: each cost its stream and nothing else. */
  badItems = 0;
  /** Objects of this side that peers hold now. */
  referencesNow = 0;
  /** Objects of peers that are held here now. */
  referencesHeldNow = 0;
  /** References that the garbage collector found, and that were not closed. */
  referencesLeaked = 0;
  /** References that were one too many. */
  referencesRefused = 0;
  /** References that were forged, foreign, closed, or of another interface. */
  badReferences = 0;
  /** Connections closed because the other side held objects of this side and gave no sign of life. */
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
  /** Messages that the code in workers sent to this process: given to `onMessage`, or dropped where there is none. */
  workerMessages = 0;
}

/** The counters as a plain object of numbers: what `server.counters()` gives. */
export type CounterValues = { readonly [name in keyof Counters]: number };

export function snapshot(counters: Counters): CounterValues {
  return Object.assign({}, counters);
}

/** Adds the counters of a worker that has ended. Its `...Now` counters are left out. */
export function addCounters(counters: Counters, values: CounterValues | null): void {
  if (values === null) return;
  for (const name of Object.keys(values) as (keyof Counters)[]) {
    if (!name.endsWith("Now")) counters[name] += values[name];
  }
}
