// Access: which callers are let in, and what each may call. Callers send a token when they connect. The server finds
// the person behind it and checks its own rules before each call. The object's code gets the caller's identity.
import {
  type Authenticate,
  type Authorize,
  close,
  connect,
  context,
  defineInterface,
  method,
  serve,
  UpcallError,
} from "upcall";
import { nothingFrom } from "../arguments.ts";

nothingFrom("auth");

const Safe = defineInterface("Safe", {
  look: method<() => string>(),
  take: method<(amount: number) => string>(),
});

interface Person {
  readonly name: string;
  readonly owner: boolean;
}

/** A real server would ask a database, or check a signature. */
const people: ReadonlyMap<string | null, Person> = new Map([
  ["5e70", { name: "anna", owner: true }],
  ["9c1d", { name: "bruno", owner: false }],
]);

/** A caller that is not found has no identity and is refused. */
const authenticate: Authenticate = async (token) => people.get(token);

/** Every person may look; only owners may do the rest. */
const authorize: Authorize = ({ identity, interface: name, method: called }) =>
  name === "Safe" && (called === "look" || (identity as Person).owner);

class RealSafe {
  #gold = 100;

  look(): string {
    return `${this.#caller()} sees ${this.#gold}`;
  }

  take(amount: number): string {
    this.#gold -= amount;
    return `${this.#caller()} takes ${amount}, and leaves ${this.#gold}`;
  }

  #caller(): string {
    return (context().identity as Person).name;
  }
}

const server = await serve(Safe, new RealSafe(), "tcp://localhost:0", { authenticate, authorize });

for (const [whose, token] of [
  ["anna's", "5e70"],
  ["bruno's", async () => "9c1d"],
  ["a wrong", "0000"],
] as const) {
  // The token may be a function, which is asked for each connection.
  const safe = await connect(Safe, server.url, { token });
  for (const call of [() => safe.look(), () => safe.take(30)])
    console.log(`${whose} token: ${await call().catch(reasonOf)}`);
  await close(safe);
}
const { notAuthenticated, notAllowed } = server.counters();
console.log(`the server counts ${notAuthenticated} refused connection and ${notAllowed} call that was not allowed`);
await server.close();

function reasonOf(error: unknown): string {
  return error instanceof UpcallError ? `${error.code}, ${error.outcome}` : "something else";
}
