// Between a client and its server: connections that a test can cut, each as one cable.
import { connect, createServer, type Server, type Socket } from "node:net";

export class Line implements AsyncDisposable {
  /** Where the server is now. */
  port = 0;
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  constructor() {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port: this.port, host: "127.0.0.1", noDelay: true });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the line has no port");
    return `tcp://127.0.0.1:${address.port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
