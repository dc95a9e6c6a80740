// Ground, known to every stage of the walk: messages between a process and its child on a channel that is the child's own
// code's as well. Ours bear a sign that was made for the one child; all others are none of ours, and not looked into.

/** A message of ours as it travels. */
export interface Signed<Message> {
  readonly upcall: string;
  readonly message: Message;
}

/**
 * The sign of what the child's own code sends: wrapped so, nothing in it is taken for a word of the platform's own protocol,
 * whatever it looks like.
 */
const unsigned = "";

/** Whether something that came bears this sign. It was copied on its way, so that nothing in it runs code. */
export function isSigned(sign: string, came: unknown): came is Signed<unknown> {
  if (typeof came !== "object" || came === null || !Object.hasOwn(came, "upcall")) return false;
  return (came as Partial<Signed<unknown>>).upcall === sign;
}

/** What the child's own code sent. */
export function ownWords(came: unknown): unknown {
  return isSigned(unsigned, came) ? came.message : came;
}

/** Closes what came with a message that is none of ours, a socket or a server: nobody else has it. */
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
 * In a child: gives what sends our messages. What its own code sends is wrapped from then on.
 *
 * @returns `then` is called when the message is on its way, or nobody can take it any more
 */
export function signedSend(child: Child): (sign: string, message: unknown, then?: () => void) => void {
  const send = child.send?.bind(child) as ((message: unknown, ...rest: unknown[]) => boolean) | undefined;
  if (send !== undefined)
    child.send = (message: unknown, ...rest: never[]) =>
      // Without any there is nothing to wrap, and the platform says so.
      send(message === undefined ? message : { upcall: unsigned, message }, ...rest);
  return (sign, message, then) => {
    const signed: Signed<unknown> = { upcall: sign, message };
    if (send !== undefined && child.connected) send(signed, undefined, {}, () => then?.());
    else then?.();
  };
}
