// An observer: the client gives the server a function, and the server calls the client back, on the client's
// connection.
import { callback, close, connect, defineInterface, method, serve } from "upcall";
import { nothingFrom } from "../arguments.ts";

nothingFrom("callback");

const Subject = defineInterface("Subject", {
  attach: method({ args: [callback<(state: string) => void>({ kept: true })] }),
  change: method<(state: string) => void>(),
});

type Observer = ((state: string) => Promise<void>) & AsyncDisposable;

/** The real subject: it keeps its observers and tells them of each state. */
class RealSubject {
  #observers: Observer[] = [];

  attach(observer: Observer): void {
    this.#observers.push(observer);
  }

  async change(state: string): Promise<void> {
    for (const observer of this.#observers) {
      try {
        await observer(state);
      } catch {
        // The observer is gone with its connection.
        this.#observers = this.#observers.filter((other) => other !== observer);
      }
    }
    console.log(`told ${this.#observers.length}`);
  }
}

const server = await serve(Subject, new RealSubject(), "tcp://localhost:0");
const [one, other] = [await connect(Subject, server.url), await connect(Subject, server.url)];

await one.attach((state) => console.log(`one heard: ${state}`));
await other.attach((state) => console.log(`the other heard: ${state}`));
await one.change("on");
await close(other);
await one.change("off");

await close(one);
await server.close();
