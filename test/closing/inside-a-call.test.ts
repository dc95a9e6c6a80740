// Closing from inside a call: a method that closes its own server and awaits that is not waited for by the close (no
// deadlock), and its caller gets the result.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { callback, close, connect, defineInterface, method, open, type Server, serve, stream } from "upcall";
import { media } from "../harness/media.ts";

const Admin = defineInterface("Admin", {
  stop: method<() => string>(),
  /** Closes first, and awaits that behind another await. */
  later: method<() => string>(),
  wait: method<() => string>(),
  items: method({ args: [], returns: stream<string>() }),
  ask: method({ args: [callback<() => string>()] }),
});

/** More than any of these takes, and less than a test may. */
const limits = { drain: 30_000 };

class RealAdmin {
  server: Server | null = null;
  finish: (value: string) => void = () => {};
  entered: () => void = () => {};
  readonly waiting: Promise<void> = new Promise((resolve) => {
    this.entered = resolve;
  });

  stops = 0;

  async stop(): Promise<string> {
    this.stops++;
    await this.server?.close();
    return "stopped";
  }

  async later(): Promise<string> {
    const closed = this.server?.close();
    await new Promise((resolve) => setImmediate(resolve));
    await closed;
    return "stopped later";
  }

  wait(): Promise<string> {
    this.entered();
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  async *items() {
    await this.server?.close();
    yield "stopped";
  }

  async ask(fn: () => Promise<string>): Promise<void> {
    void fn().catch(() => {});
  }
}

for (const medium of media) {
  suite(`over ${medium.name}`, () => {
    for (const ambient of [false, true])
      for (const name of ["stop", "later"] as const)
        test(`${name}(), ambient: ${ambient}`, async () => {
          const real = new RealAdmin();
          const server = await serve(Admin, real, medium.url(), { limits, ambient });
          real.server = server;
          const admin = await connect(Admin, server.url, { reconnect: false });
          assert.match(await admin[name](), /^stopped/);
          await server.close();
        });

    test("behind an await, where calls are followed", async () => {
      const real = new RealAdmin();
      real.later = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        await real.server?.close();
        return "stopped";
      };
      const server = await serve(Admin, real, medium.url(), { limits, ambient: true });
      real.server = server;
      const admin = await connect(Admin, server.url, { reconnect: false });
      assert.equal(await admin.later(), "stopped");
      await server.close();
    });

    test("it still waits for the calls of others, and two that close do not wait for each other", async () => {
      const real = new RealAdmin();
      const server = await serve(Admin, real, medium.url(), { limits });
      real.server = server;
      const [one, other] = [
        await connect(Admin, server.url, { reconnect: false }),
        await connect(Admin, server.url, { reconnect: false }),
      ];
      const waits = other.wait();
      await real.waiting;
      let stopped = 0;
      // They come together, so both are entered before either has closed anything.
      const stops = [one.stop(), one.stop()].map(async (stop) => {
        assert.equal(await stop, "stopped");
        stopped++;
      });
      while (real.stops < 2) await new Promise((resolve) => setImmediate(resolve));
      const closed = server.close();
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(stopped, 0);
      real.finish("finished");
      assert.equal(await waits, "finished");
      await Promise.all([...stops, closed]);
    });

    test("the loop of a stream", async () => {
      const real = new RealAdmin();
      const server = await serve(Admin, real, medium.url(), { limits });
      real.server = server;
      const admin = await connect(Admin, server.url, { reconnect: false });
      const items: unknown[] = [];
      for await (const item of admin.items()) items.push(item);
      assert.deepEqual(items, ["stopped"]);
      await server.close();
    });

    test("a function that closes the connection it was called on", async () => {
      const real = new RealAdmin();
      await using server = await serve(Admin, real, medium.url(), { limits });
      for (const how of ["connection", "proxy"]) {
        const connection = await open(server.url, { limits });
        const admin = how === "proxy" ? await connect(Admin, server.url, { limits }) : connection.proxy(Admin);
        const ended = new Promise<void>((resolve, reject) => {
          const end = async (): Promise<string> => {
            await (how === "proxy" ? close(admin) : connection.close());
            resolve();
            return "ended";
          };
          admin.ask(end).catch(reject);
        });
        await ended;
        await connection.close();
      }
    });
  });
}
