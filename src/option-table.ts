// The table of options: every public function that takes some, with what it knows. The functions check what they are
// given against the same parts; scripts/options.mjs makes of it where a misplaced option belongs (option-homes.ts) and
// the reference page (docs/options.md). It stands above everything and is no part of what a program loads.

import { connectOptions } from "./composition/connecting.ts";
import { shapesOf } from "./composition/media.ts";
import { serveOptions } from "./composition/serving.ts";
import { concurrencyOptions } from "./interceptors/limit-concurrency.ts";
import { retryOptions } from "./interceptors/retry.ts";
import { timingOptions } from "./interceptors/timing.ts";
import { callbackOptions } from "./interface/callback.ts";
import { classOptions, errorOptions } from "./interface/declared.ts";
import { methodOptions } from "./interface/method.ts";
import { keptShape } from "./interface/spec.ts";
import { nodeMedia } from "./node.ts";
import type { Shape } from "./options.ts";
import { callOptions } from "./proxy/proxy.ts";
import { implementOptions } from "./skeleton/skeleton.ts";
import { workersOptions } from "./socket/per-worker.ts";
import { signalOptions } from "./socket/signal-waits.ts";
import { socketOptions } from "./socket/socket.ts";
import { closeOptions } from "./socket/worker-server.ts";

/** Public functions that know the same options. */
export interface OptionRow {
  /** As an error names them: `serve()`. */
  readonly functions: readonly string[];
  /** The interfaces whose fields the options are: their doc comments are what the reference says. */
  readonly types: readonly string[];
  readonly shapes: Readonly<Record<string, Shape>>;
  /** The entry point that has the functions. */
  readonly from: "upcall" | "upcall/socket";
}

const from = "upcall";

export const optionTable: readonly OptionRow[] = [
  {
    functions: ["serve()"],
    types: ["ServerOptions", "UdpOptions"],
    shapes: { ...serveOptions, ...shapesOf("serve", nodeMedia) },
    from,
  },
  {
    functions: ["connect()", "open()"],
    types: ["ConnectOptions"],
    shapes: { ...connectOptions, ...shapesOf("connect", nodeMedia) },
    from,
  },
  { functions: ["within()"], types: ["CallOptions"], shapes: callOptions, from },
  { functions: ["implement()"], types: ["ImplementOptions"], shapes: implementOptions, from },
  { functions: ["method()", "oneway()"], types: ["MethodOptions", "SchemaOptions"], shapes: methodOptions, from },
  {
    functions: ["callback()"],
    types: ["MethodOptions", "SchemaOptions", "KeptOption"],
    shapes: callbackOptions,
    from,
  },
  { functions: ["reference()"], types: ["KeptOption"], shapes: keptShape, from },
  { functions: ["DeclaredError()"], types: ["ClassOptions"], shapes: classOptions, from },
  {
    functions: ["the constructor of a declared error"],
    types: ["DeclaredErrorOptions"],
    shapes: errorOptions,
    from,
  },
  { functions: ["retry()"], types: ["RetryOptions"], shapes: retryOptions, from },
  { functions: ["limitConcurrency()"], types: ["LimitConcurrencyOptions"], shapes: concurrencyOptions, from },
  { functions: ["timing()", "logging()"], types: ["TimingOptions"], shapes: timingOptions, from },
  { functions: ["socket()"], types: ["SocketOptions"], shapes: socketOptions, from: "upcall/socket" },
  {
    functions: ["bind()", "connect()", "accept()", "sendto()", "recvfrom()"],
    types: ["SignalOption"],
    shapes: signalOptions,
    from: "upcall/socket",
  },
  {
    functions: ["perConnection()", "perDatagram()"],
    types: ["ModuleOption", "ThreadsOption", "ProcessesOption"],
    shapes: workersOptions,
    from: "upcall/socket",
  },
  { functions: ["close()"], types: ["CloseOptions"], shapes: closeOptions, from: "upcall/socket" },
];
