// Ground, known to every stage of the walk: messages between a process and its child, on a channel that the child's own
// code uses too. Messages of upcall carry a sign that was made for this child. All others are not read.

/** A message of upcall on the channel. */
export interface Signed<Message> {
  readonly upcall: string;
  readonly message: Message;
}

/**
 * The sign of messages of the child's own code. They are wrapped, so that none of them can look like a message of the
 * platform's own protocol.
 */
const unsigned = "";

/** Whether a message has this sign. The channel copied it, so that reading it runs no code. */
export function isSigned(sign: string, came: unknown): came is Signed<unknown> {
  if (typeof came !== "object" || came === null || !Object.hasOwn(came, "upcall")) return false;
  return (came as Partial<Signed<unknown>>).upcall === sign;
}

/** The message that the child's own code sent. */
export function ownWords(came: unknown): unknown {
  return isSigned(unsigned, came) ? came.message : came;
}

/** Closes the socket or server that came with a message of the child's own code: it has no other owner. */
export function discard(handle: unknown): void {
  if (typeof handle !== "object" || handle === null) return;
  const { destroy, close } = handle as { destroy?: () => void; close?: () => void };
  try {
    if (typeof destroy === "function") destroy.call(handle);
    else if (typeof close === "function") close.call(handle);
  } catch {
    // It was closed already.
  }
}

interface Child {
  send?: ((...args: never[]) => boolean) | undefined;
  readonly connected: boolean;
}

/**
 * In a child: makes the function that sends upcall's messages. Messages of its own code are wrapped from then on.
 *
 * @returns `then` is called when the message was sent, or the channel is closed
 */
export function signedSend(child: Child): (sign: string, message: unknown, then?: () => void) => void {
  const send = child.send?.bind(child) as ((message: unknown, ...rest: unknown[]) => boolean) | undefined;
  if (send !== undefined)
    child.send = (message: unknown, ...rest: never[]) =>
      // Without a channel there is nothing to wrap, and sending fails with the platform's error.
      send(message === undefined ? message : { upcall: unsigned, message }, ...rest);
  return (sign, message, then) => {
    const signed: Signed<unknown> = { upcall: sign, message };
    if (send !== undefined && child.connected) send(signed, undefined, {}, () => then?.());
    else then?.();
  };
}
