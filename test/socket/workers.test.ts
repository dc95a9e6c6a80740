// upcall/socket: a worker (thread or process) for each TCP connection: limits, backpressure, crashes and closing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { suite, test } from "node:test";
import {
  type Address,
  type Connection,
  type Listener,
  type OnError,
  perConnection,
  perDatagram,
  socket,
  type UpcallError,
  type WorkerServer,
} from "upcall/socket";
import { reaches } from "../harness/tier.ts";
import { connectedPair, failsWith, listening, pattern, readAll, roundTrips, text, twoTurns } from "./loopback.ts";

const kinds = [
  { kind: "threads", some: (most: number) => ({ threads: most }) },
  { kind: "processes", some: (most: number) => ({ processes: most }) },
] as const;

const connectionModule = new URL("./modules/connection.js", import.meta.url);
const datagramModule = new URL("./modules/datagram.js", import.meta.url);

interface Told {
  readonly error: UpcallError;
  readonly address: Address | undefined;
}

/** Waits for the next failure that a server tells. */
class Failures {
  readonly #told: Told[] = [];
  #wake: () => void = () => undefined;

  readonly onError: OnError = (error, address) => {
    this.#told.push({ error, address });
    this.#wake();
  };

  async next(): Promise<Told> {
    for (let first = this.#told.shift(); ; first = this.#told.shift()) {
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function saying(listener: Listener, words: string): Promise<Connection> {
  const client = await socket("tcp").connect(listener.getsockname());
  await client.send(words);
  return client;
}

for (const { kind, some } of kinds) {
  /** For what a server does in the same way whatever its workers are: processes cost several times as much to start. */
  const common = {
    skip: reaches("gate") || kind === "threads" ? false : "of the gate's tier: what threads are asked as well",
  };

  suite(`perConnection with ${kind}`, () => {
    interface Served extends AsyncDisposable {
      readonly listener: Listener;
      readonly server: WorkerServer;
      readonly failures: Failures;
    }
    const serving = async (most: number, module: URL = connectionModule): Promise<Served> => {
      const listener = await listening();
      const failures = new Failures();
      const server = perConnection(listener, { ...some(most), module, onError: failures.onError });
      return { listener, server, failures, [Symbol.asyncDispose]: () => server.close({ drain: 0 }) };
    };

    test("each connection has a worker of its own, which knows the other end's address", async () => {
      await using served = await serving(4);
      const clients = await Promise.all([1, 2, 3].map(() => saying(served.listener, "who")));
      const answers = await Promise.all(clients.map(async (client) => text(await readAll(client)).split(" ")));
      const workers = new Set(answers.map(([pid, thread]) => `${pid} ${thread}`));
      assert.equal(workers.size, 3);
      for (const [i, [pid, thread, host, port]] of answers.entries()) {
        assert.equal(Number(pid) === process.pid, kind === "threads");
        assert.equal(thread === "0", kind === "processes");
        assert.deepEqual([host, Number(port)], ["127.0.0.1", clients[i]?.getsockname().port]);
      }
      await Promise.all(clients.map((client) => client.close()));
    });

    test("bytes go both ways whole and in order, up to the half-close", async () => {
      await using served = await serving(1);
      await using client = await saying(served.listener, "echo");
      assert.equal(text(await client.recv(4)), "echo");
      const sent = pattern(3 * 1024 * 1024 + 5);
      const sending = client.send(sent).then(() => client.shutdown());
      const received = await readAll(client);
      await sending;
      assert.ok(received.subarray(0, -1).equals(sent));
      assert.equal(received.subarray(-1).toString(), "!");
    });

    test("what a module's own code says to whoever started its worker is nobody's here", common, async () => {
      await using served = await serving(1);
      for (let i = 0; i < 2; i++) {
        await using client = await saying(served.listener, "say");
        assert.equal(text(await readAll(client)), "said");
      }
      await using last = await saying(served.listener, "throw");
      await readAll(last);
      // The first failure that is told of is this one.
      const { error } = await served.failures.next();
      assert.match(error.message, /on purpose/);
    });

    test("a worker that closes while it sends is told that the send did not end", common, async () => {
      await using served = await serving(1);
      await using client = await saying(served.listener, "cut");
      const { error } = await served.failures.next();
      assert.ok(failsWith("CANCELLED", "CLOSED")(error), String(error));
      assert.ok((await readAll(client).catch(() => [])).length < 64 * 1024 * 1024);
    });

    test("a worker may say its end first and read on", common, async () => {
      await using served = await serving(1);
      await using client = await saying(served.listener, "half");
      assert.equal((await client.recv()).length, 0);
      assert.equal(served.server.workers, 1);
      await client.send("go");
      await client.close();
    });

    const inProcess = kind === "processes" ? false : "a thread has no signals of its own";
    test("Ctrl-C, which reaches every process of a terminal, is the server's to answer", {
      skip: inProcess,
    }, async () => {
      await using served = await serving(1);
      await using client = await saying(served.listener, "pid");
      process.kill(Number(text(await client.recv())), "SIGINT");
      await client.send("abc");
      assert.equal(text(await client.recv()), "cba");
    });

    test("no more workers than allowed; further connections wait until one is free", common, async () => {
      await using served = await serving(1);
      await using first = await saying(served.listener, "hold");
      assert.equal(text(await first.recv()), "held");
      await using second = await saying(served.listener, "hold");
      const held = second.recv();
      await using pair = await connectedPair();
      await roundTrips(pair, 200);
      assert.equal(served.server.workers, 1);
      await first.send("abc");
      assert.equal(text(await first.recv()), "cba");
      assert.equal(text(await held), "held");
      assert.equal(served.server.workers, 1);
    });

    test("a worker that does not read makes the sender wait", common, async () => {
      await using served = await serving(1);
      await using pair = await connectedPair();
      await using client = await saying(served.listener, "deaf");
      assert.equal(text(await client.recv()), "deaf");
      let sent = 0;
      const bytes = pattern(1024 * 1024);
      const sending = (async () => {
        for (; sent < 64; sent += 1) await client.send(bytes);
      })();
      const ended = assert.rejects(sending);
      for (let before = -1; before !== sent; ) {
        before = sent;
        await roundTrips(pair, 300);
      }
      assert.ok(sent < 32, `${sent} MiB were taken from the sender though the worker does not read`);
      await client.close();
      await ended;
    });

    test("a client that does not read makes the worker wait", common, async () => {
      await using served = await serving(1);
      await using pair = await connectedPair();
      await using counter = socket("udp");
      await counter.bind({ host: "127.0.0.1", port: 0 });
      await using client = await saying(served.listener, `flood ${counter.getsockname().port}`);
      let sent = 0;
      const counting = (async () => {
        for await (const { message } of counter) sent = Number(text(message));
      })();
      let received = (await client.recv(1)).length;
      for (let before = -1; before !== sent || sent === 0; ) {
        before = sent;
        await roundTrips(pair, 300);
      }
      assert.ok(sent < 32, `the worker could send ${sent} MiB to a client that does not read`);
      for await (const bytes of client) received += bytes.length;
      assert.equal(received, 64 * 1024 * 1024);
      await counter.close();
      await counting;
    });

    for (const [word, code, reason, words] of [
      ["throw", "UNKNOWN", "THROWN", /on purpose/],
      ["crash", "UNAVAILABLE", "WORKER_LOST", kind === "threads" ? /nobody catches this/ : /exit code 1/],
      ["exit", "UNAVAILABLE", "WORKER_LOST", /exit code 3/],
    ] as const) {
      test(
        `a worker that ends by ${word} closes its connection, is told of, and the others go on`,
        word === "exit" ? {} : common,
        async () => {
          await using served = await serving(2);
          await using other = await saying(served.listener, "hold");
          assert.equal(text(await other.recv()), "held");
          await using client = await saying(served.listener, word);
          await assert.rejects(
            client.recv().then((bytes) => {
              if (bytes.length === 0) throw new Error("the end");
            }),
          );
          const { error, address } = await served.failures.next();
          assert.ok(failsWith(code, reason, words)(error), String(error));
          assert.deepEqual(address, client.getsockname());
          await other.send("abc");
          assert.equal(text(await other.recv()), "cba");
        },
      );
    }

    test("a connection that is reset ends the worker's recv", common, async () => {
      await using served = await serving(1);
      const client = connect(served.listener.getsockname().port, "127.0.0.1");
      client.write("hold");
      await once(client, "data");
      client.resetAndDestroy();
      const { error } = await served.failures.next();
      assert.ok(failsWith("UNAVAILABLE", "CONNECTION_LOST")(error), String(error));
    });

    test("a module that is missing or has no run is told of", common, async () => {
      for (const [name, words] of [
        ["missing", /could not be loaded/],
        ["nothing", /no function named run/],
      ] as const) {
        await using served = await serving(1, new URL(`./modules/${name}.js`, import.meta.url));
        await using client = await saying(served.listener, "who");
        const { error } = await served.failures.next();
        assert.ok(failsWith("NOT_FOUND", "MODULE_NOT_LOADED", words)(error), String(error));
        await client.recv().catch(() => undefined);
      }
    });

    test("close waits for workers that finish", common, async () => {
      await using served = await serving(2);
      await using client = await saying(served.listener, "hold");
      assert.equal(text(await client.recv()), "held");
      const closing = served.server.close();
      await assert.rejects(saying(served.listener, "who"), failsWith("UNAVAILABLE", "CONNECTION_REFUSED"));
      await client.send("abc");
      assert.equal(text(await client.recv()), "cba");
      await closing;
      assert.equal(served.server.workers, 0);
    });

    test("close ends workers that do not finish, without a failure, and nothing is left", async () => {
      const served = await serving(2);
      await using who = await saying(served.listener, "who");
      assert.equal(text(await readAll(who)).split(" ").length, 4);
      await using client = await saying(served.listener, "deaf");
      assert.equal(text(await client.recv()), "deaf");
      served.failures.next().then(
        ({ error }) => assert.fail(error),
        () => undefined,
      );
      await Promise.all([served.server.close({ drain: 0 }), served.server.close()]);
      assert.equal(served.server.workers, 0);
      assert.equal((await client.recv()).length, 0);
      await twoTurns();
      const left = process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap" || name === "Worker");
      assert.deepEqual(left, []);
    });
  });

  suite(`perDatagram with ${kind}`, () => {
    test("each datagram is answered to its sender, also more than once; failures are told of", async () => {
      const server = socket("udp");
      await server.bind({ host: "127.0.0.1", port: 0 });
      const failures = new Failures();
      await using workers = perDatagram(server, { ...some(2), module: datagramModule, onError: failures.onError });
      await using client = socket("udp");
      await client.bind({ host: "127.0.0.1", port: 0 });
      const ask = async (word: string): Promise<string> => {
        await client.sendto(word, server.getsockname());
        return text((await client.recvfrom()).message);
      };
      assert.equal(await ask("who"), `127.0.0.1 ${client.getsockname().port}`);
      assert.equal(await ask("say"), "said");
      assert.equal(await ask("twice"), "eciwt");
      assert.equal(text((await client.recvfrom()).message), "again");
      if (common.skip === false) {
        assert.equal(await ask("abc"), "cba");
        assert.equal(await ask("large"), "TOO_LARGE");
        const refused = (await ask("wrong")).split("\n");
        for (const [i, words] of [/half a character/, /a number/, /null/, /a view/].entries())
          assert.match(refused[i] ?? "", new RegExp(`reply was given .*${words.source}`));
      }

      await client.sendto("throw", server.getsockname());
      const thrown = await failures.next();
      assert.ok(failsWith("UNKNOWN", "THROWN", /on purpose/)(thrown.error), String(thrown.error));
      assert.deepEqual(thrown.address, client.getsockname());
      await client.sendto("exit", server.getsockname());
      const lost = await failures.next();
      assert.ok(failsWith("UNAVAILABLE", "WORKER_LOST", /exit code 3/)(lost.error), String(lost.error));

      const words = common.skip === false ? ["one", "two", "three", "four", "five"] : ["one", "two"];
      await Promise.all(words.map((word) => client.sendto(word, server.getsockname())));
      const answers: string[] = [];
      for (const _ of words) {
        answers.push(text((await client.recvfrom()).message));
        assert.ok(workers.workers <= 2);
      }
      assert.deepEqual(answers.sort(), words.map((word) => Array.from(word).reverse().join("")).sort());
      await workers.close();
      assert.equal(workers.workers, 0);
    });
  });
}

test("options that say nothing, or too much, are refused at once", async () => {
  await using listener = await listening();
  const badOption = failsWith("INVALID_ARGUMENT", "BAD_OPTION");
  const module = connectionModule;
  const wrong: readonly object[] = [
    { module },
    { module, threads: 1, processes: 1 },
    { module, threads: 0 },
    { module, processes: 1.5 },
    { module: "./here.js", threads: 1 },
  ];
  for (const options of wrong) {
    assert.throws(() => Reflect.apply(perConnection, undefined, [listener, options]), badOption);
  }
  const badState = failsWith("FAILED_PRECONDITION", "BAD_STATE");
  assert.throws(() => perConnection(socket("tcp"), { module, threads: true }), badState);
  assert.throws(() => perDatagram(socket("udp"), { module, threads: true }), badState);
});

for (const { kind, some } of reaches("gate") ? kinds : kinds.slice(0, 1))
  test(`onError that throws, or rejects, ends neither a server with ${kind} nor the process`, async (t) => {
    const lines: string[] = [];
    t.mock.method(console, "error", (line: string) => lines.push(line));
    const throws: OnError = () => {
      throw new Error("the log is closed");
    };
    const rejects = (async (error) => throws(await Promise.resolve(error), undefined)) as OnError;
    for (const onError of [throws, rejects]) {
      const listener = await listening();
      await using workers = perConnection(listener, { module: connectionModule, ...some(1), onError });
      for (const word of ["throw", "throw"]) {
        await using client = await saying(listener, word);
        assert.equal((await readAll(client)).length, 0);
      }
      await using client = await saying(listener, "who");
      assert.ok((await readAll(client)).length > 0, "the next one is served");
      await workers.close();
    }
    assert.equal(lines.length, 2, lines.join("\n"));
    for (const line of lines)
      assert.match(line, /^upcall: onError, a function of this program, failed.*the log is closed/);
  });
