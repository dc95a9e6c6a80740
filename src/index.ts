// The public entry point of upcall.

export type { AuthOptions } from "./composition/auth-options.ts";
export type { WorkersKind } from "./composition/combination.ts";
export type { Connect, ConnectOptions, Open } from "./composition/connecting.ts";
export type { OnMessage, WorkerMessage } from "./composition/making.ts";
export * from "./everywhere.ts";
export {
  connect,
  type MediumName,
  media,
  open,
  refusal,
  type ServeObjectOptions,
  type ServeOptions,
  serve,
} from "./node.ts";
export type { UdpOptions } from "./transport/udp.ts";
