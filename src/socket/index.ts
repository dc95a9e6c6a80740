// The entry point of `upcall/socket`: Berkeley's calls as promises, for programs that want a socket and not a
// framework. It knows nothing of proxies and skeletons.
/// <reference lib="esnext.disposable" preserve="true" />
export { UpcallError } from "../errors.ts";
export type { Address, Family, Target } from "./address.ts";
export type { Data } from "./bytes.ts";
export type { Datagram } from "./datagram-queue.ts";
export type { Accepted, Listener } from "./listener.ts";
export { perConnection, perDatagram, type WorkersOptions } from "./per-worker.ts";
export type { SignalOption } from "./signal-waits.ts";
export { type SocketOptions, socket } from "./socket.ts";
export type { Connection } from "./tcp-connection.ts";
export type { TcpSocket } from "./tcp-socket.ts";
export type { Truncated, UdpSocket } from "./udp-socket.ts";
export type { Reply, RunConnection, RunDatagram } from "./worker-run.ts";
export type { CloseOptions, OnError, WorkerServer } from "./worker-server.ts";
