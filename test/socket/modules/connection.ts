// For the worker suites: does what the first message of its connection says.
import { parentPort, threadId } from "node:worker_threads";
import { type RunConnection, socket } from "upcall/socket";

const never = new Promise<void>(() => undefined);

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const run: RunConnection = async (connection, address) => {
  const [word, argument] = text(await connection.recv(1024)).split(" ");
  switch (word) {
    case "who":
      return connection.send(`${process.pid} ${threadId} ${address.host} ${address.port}`);
    case "hold":
    case "pid":
      await connection.send(word === "pid" ? String(process.pid) : "held");
      return connection.send((await connection.recv()).reverse());
    case "echo":
      await connection.send("echo");
      for await (const bytes of connection) await connection.send(bytes);
      // The other end has said its end; this one may still speak.
      await connection.send("!");
      return connection.shutdown();
    case "cut": {
      const cut = connection.send(new Uint8Array(64 * 1024 * 1024)).catch((error: unknown) => error);
      await connection.close();
      throw await cut;
    }
    case "half":
      // Says its end first, and reads on.
      await connection.shutdown();
      return void (await connection.recv());
    case "deaf":
      await connection.send("deaf");
      return never;
    case "flood": {
      await using counter = socket("udp");
      for (let i = 1; i <= 64; i += 1) {
        await connection.send(new Uint8Array(1024 * 1024).fill(i));
        await counter.sendto(String(i), { host: "127.0.0.1", port: Number(argument) });
      }
      return;
    }
    case "say":
      // What its own code says to whoever started it is none of the server's.
      for (const odd of [
        "ready",
        null,
        0,
        { kind: "done" },
        { kind: "failed", error: null },
        { kind: "reply" },
        { upcall: "a guess", message: { kind: "done" } },
        { cmd: "NODE_HANDLE" },
      ]) {
        if (parentPort !== null) parentPort.postMessage(odd);
        else process.send?.(odd);
      }
      return connection.send("said");
    case "throw":
      throw new Error("on purpose");
    case "crash":
      setImmediate(() => {
        throw new Error("nobody catches this");
      });
      return never;
    case "exit":
      process.exit(3);
  }
};
