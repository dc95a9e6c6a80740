// The public entry point of upcall.

export { type ConnectOptions, connect, open } from "./client.ts";
export { refusal, type WorkersKind } from "./composition/combination.ts";
export type { DoorOptions } from "./composition/doors.ts";
export type { OnMessage, WorkerMessage } from "./composition/making.ts";
export type { Token } from "./composition/token.ts";
export * from "./everywhere.ts";
export { type ServeObjectOptions, type ServeOptions, serve } from "./server.ts";
export { type MediumName, media } from "./transport/url.ts";
export type { Workers } from "./workers/model.ts";
