// Sockets: multi-threaded and multi-process servers, with one call for TCP and one for UDP. They know the server's
// socket and its options. Other files start, count and end the workers.
import { defaultLimits } from "../limits.ts";
import { aFunction, anything, checkOptions, type Shapes } from "../options.ts";
import type { Datagram } from "./datagram-queue.ts";
import type { Accepted, Listener } from "./listener.ts";
import { badArgument } from "./refusals.ts";
import type { TcpSocket } from "./tcp-socket.ts";
import type { UdpSocket } from "./udp-socket.ts";
import { processForConnection, processForDatagram } from "./worker-process.ts";
import { type OnError, type Work, type WorkerServer, Workers, warn } from "./worker-server.ts";
import { threadForConnection, threadForDatagram } from "./worker-thread.ts";

interface ModuleOption {
  /** The URL of the module whose `run` does the work, as in `new URL("./worker.js", import.meta.url)`. */
  readonly module: URL | string;
  /** Called for every worker that failed. Default: a warning of the process. */
  readonly onError?: OnError;
}

interface ThreadsOption {
  /** How many threads are at work at once at most, 1 or more; `true` is 64. Not together with `processes`. */
  readonly threads: number | true;
  readonly processes?: never;
}

interface ProcessesOption {
  /** How many processes are at work at once at most, 1 or more; `true` is 64. Not together with `threads`. */
  readonly processes: number | true;
  readonly threads?: never;
}

/** Exactly one of `threads` and `processes`. */
export type WorkersOptions = ModuleOption & (ThreadsOption | ProcessesOption);

interface Checked {
  readonly inThreads: boolean;
  readonly most: number;
  readonly module: string;
  readonly onError: OnError;
}

export const workersOptions: Shapes<WorkersOptions> = {
  module: anything,
  onError: aFunction,
  threads: anything,
  processes: anything,
};

function check(where: string, options: WorkersOptions): Checked {
  checkOptions(where, options ?? null, workersOptions);
  const { module, threads, processes, onError = warn } = options;
  const asked = threads ?? processes;
  if (asked === undefined || (threads !== undefined && processes !== undefined)) {
    throw badArgument("exactly one of threads and processes says what does the work; give one of them");
  }
  const maxWorkers = asked === true ? defaultLimits.workersPerConnection : asked;
  if (!Number.isSafeInteger(maxWorkers) || maxWorkers < 1) {
    throw badArgument(`${maxWorkers} workers cannot be kept; use a whole number of at least 1, or true`);
  }
  const href = String(module);
  if (!URL.canParse(href)) {
    throw badArgument(`${href} is no URL of a module; use new URL("./worker.js", import.meta.url)`);
  }
  return { inThreads: threads !== undefined, most: maxWorkers, module: href, onError };
}

/**
 * Serves each connection in a fresh worker of its own, whose module exports `run(connection, address)`
 * ({@link RunConnection}). A process gets the accepted socket itself; a thread, which cannot have one on Node 20, gets
 * its bytes relayed with back-pressure. While all workers are busy, connections wait in the listener's backlog. The
 * listener belongs to the server from now on and is closed with it.
 *
 * @param listener a socket after `listen`, or what `listen` gave
 * @throws UpcallError FAILED_PRECONDITION (BAD_STATE) when it does not listen; INVALID_ARGUMENT (BAD_OPTION)
 */
export function perConnection(listener: Listener | TcpSocket, options: WorkersOptions): WorkerServer {
  const { inThreads, most, module, onError } = check("perConnection()", options);
  listener.getsockname();
  const work: Work<Accepted> = {
    next: (signalled) => listener.accept(signalled),
    start: ({ connection }) => (inThreads ? threadForConnection : processForConnection)(module, connection),
    refuse: () => listener.close(),
    release: () => Promise.resolve(),
  };
  return new Workers(work, most, onError);
}

/**
 * Serves each datagram in a fresh worker, whose module exports `run(message, address, reply)` ({@link RunDatagram}).
 * The socket stays here: the message is passed in and replies are passed back. While all workers are busy, datagrams
 * wait in the socket's bounded queue. The socket belongs to the server from now on and is closed with it.
 *
 * @param socket a socket after `bind`
 * @throws UpcallError FAILED_PRECONDITION (BAD_STATE) when it is not bound; INVALID_ARGUMENT (BAD_OPTION)
 */
export function perDatagram(socket: UdpSocket, options: WorkersOptions): WorkerServer {
  const { inThreads, most, module, onError } = check("perDatagram()", options);
  socket.getsockname();
  const work: Work<Datagram> = {
    next: (signalled) => socket.recvfrom(undefined, signalled),
    start: (datagram) =>
      (inThreads ? threadForDatagram : processForDatagram)(module, datagram, (data) =>
        socket.sendto(data, datagram.address),
      ),
    refuse: () => Promise.resolve(),
    release: () => socket.close(),
  };
  return new Workers(work, most, onError);
}
