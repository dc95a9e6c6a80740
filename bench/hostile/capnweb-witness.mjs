// The well-behaved client of the capnweb server.
import { once } from "node:events";
import { newWebSocketRpcSession } from "capnweb";
import { WebSocket } from "ws";
import { witness } from "./witness.mjs";

Object.assign(globalThis, { WebSocket });

const socket = new WebSocket(`ws://${process.argv[2]}`);
await once(socket, "open");
const target = /** @type {any} */ (newWebSocketRpcSession(/** @type {any} */ (socket)));
await witness(async (text) => await target.reverse(text));
