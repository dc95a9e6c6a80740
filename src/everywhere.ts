// The part of both public entry points that needs no platform.
/// <reference lib="esnext.disposable" preserve="true" />

export type { Arrival, Authenticate, Authorize, WantedCall } from "./call/access.ts";
export { readable } from "./call/iterables.ts";
export type { To } from "./composition/connecting.ts";
export type { EndpointOptions, PlainEnd, WireName } from "./composition/endpoint-options.ts";
export { connectionOf, type OpenConnection } from "./composition/opened.ts";
export type { Server } from "./composition/running-server.ts";
export type { Serve, ServerOptions, Workers } from "./composition/serving.ts";
export type { Token } from "./composition/token.ts";
export type {
  Connection,
  ConnectionEvents,
  ConnectionTraits,
  HandedOver,
  MessageExtra,
} from "./connection.ts";
export type { CallOptions, Metadata } from "./contract/caller.ts";
export type { ConnectionLook, ConnectionState, LinkLook, SessionLook } from "./contract/connection-state.ts";
export type { CounterValues } from "./counters.ts";
export { callback, reference, stream } from "./declaring.ts";
export {
  type Code,
  codes,
  type Outcome,
  outcomes,
  type Reason,
  reasons,
  UpcallError,
  type UpcallErrorOptions,
} from "./errors.ts";
export { type Expose, exposures, type IncidentReport, type OnError } from "./incident.ts";
export type {
  CallChange,
  InterceptedCall,
  Interceptor,
  Next,
} from "./interceptors/interceptor.ts";
export { type LimitConcurrencyOptions, limitConcurrency } from "./interceptors/limit-concurrency.ts";
export { type Logger, logging } from "./interceptors/logging.ts";
export { type RetryOptions, retry } from "./interceptors/retry.ts";
export { type CallTiming, type TimingOptions, timing } from "./interceptors/timing.ts";
export { type CallOf, intercept, type MethodInterceptors } from "./interceptors/typed.ts";
export type { FunctionInterface } from "./interface/callback.ts";
export {
  type AnyDeclaredError,
  DeclaredError,
  type DeclaredErrorClass,
  type DeclaredErrorOptions,
  type DeclaredInstance,
  type ErrorDescription,
} from "./interface/declared.ts";
export { defineInterface, type Interface, type MethodEntry, type Methods } from "./interface/define.ts";
export type { InterfaceDescription, MethodDescription } from "./interface/describe.ts";
export { type Method, type MethodOptions, method, oneway, type PlainKind } from "./interface/method.ts";
export { data, type Schema } from "./interface/schema.ts";
export type { CallbackSpec, KeptOption, ReferenceSpec, StreamSpec } from "./interface/spec.ts";
export type { Implementation, Local, ProxyOf, Streamable, TypeOf } from "./interface/types.ts";
export type { LeakReport, OnLeak } from "./leak.ts";
export { defaultLimits, type Limits } from "./limits.ts";
export {
  type ConnectionEvent,
  type DroppedEvent,
  type EventError,
  type ObservedEvent,
  type Observer,
  type Stage,
  type StageEvent,
  type StreamEvent,
  stages,
} from "./observer.ts";
export type { OptionDeclaration, OptionDeclarations, Shape } from "./options.ts";
export type { Peer, PeerCredentials, PeerFacts } from "./peer.ts";
export { within } from "./proxy/proxy.ts";
export { close } from "./proxy/proxy-state.ts";
export { type CallContext, context } from "./skeleton/context.ts";
export type { ObjectContext, Per } from "./skeleton/maker.ts";
export { Reflection } from "./skeleton/reflection.ts";
export { type Disposed, type Implemented, implement, Skeleton, type SkeletonOf } from "./skeleton/skeleton.ts";
export type {
  ConnectTerms,
  Listener,
  ListenTerms,
  Medium,
  MediumOptions,
  MediumTraits,
} from "./transport/medium.ts";
export { keep } from "./workers/reference-bridge.ts";
