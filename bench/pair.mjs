// @ts-check
// A contender's two sides as processes, seen from the one that measures.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("./side.mjs", import.meta.url));
/** Milliseconds that one request may take beyond what it was asked for. */
const patience = 30_000;

/** One side. Errors from over there, and its death, come out of `ask`. */
export class Side {
  #child;
  #last = 0;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #errors = "";

  constructor(
    /** @type {"server" | "client" | "both"} */ role,
    /** @type {string} */ contender,
    /** @type {import("./works.mjs").Work} */ work,
  ) {
    this.#child = fork(file, [role, contender, JSON.stringify(work)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [],
    });
    this.ready = this.#expect(0, patience);
    this.#child.stderr?.on("data", (chunk) => {
      this.#errors = `${this.#errors}${chunk}`.slice(-2_000);
    });
    this.#child.on("message", (/** @type {any} */ { id, result, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    // A request to a process that has just ended; its exit says all there is to say.
    this.#child.on("error", () => {});
    this.#child.on("exit", (code, signal) => {
      const why = this.#errors.split("\n").find((line) => line.includes("Error")) ?? "";
      for (const { reject } of this.#waiting.values())
        reject(new Error(`its process ended with ${signal ?? code} ${why}`.trim()));
      this.#waiting.clear();
    });
  }

  /** @returns {Promise<any>} */
  ask(/** @type {string} */ what, /** @type {Record<string, unknown> & { milliseconds?: number }} */ request = {}) {
    const id = ++this.#last;
    const answer = this.#expect(id, patience + (request.milliseconds ?? 0));
    if (this.#child.connected) this.#child.send({ id, what, ...request });
    else this.#waiting.get(id)?.reject(new Error("its process is gone"));
    return answer;
  }

  async end() {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    this.ask("close").catch(() => {});
    await gone;
    clearTimeout(timer);
  }

  /** @returns {Promise<any>} */
  #expect(/** @type {number} */ id, /** @type {number} */ milliseconds) {
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer within ${milliseconds} ms`));
        this.#child.kill("SIGKILL");
      }, milliseconds);
      this.#waiting.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
    answer.catch(() => {});
    return answer;
  }
}

/** Both sides, started and introduced to each other. */
export async function startPair(
  /** @type {import("./contenders/index.mjs").Contender} */ contender,
  /** @type {import("./works.mjs").Work} */ work,
) {
  const server = new Side(contender.together ? "both" : "server", contender.name, work);
  /** @type {Side | null} */
  let client = null;
  const end = async () => {
    await client?.end();
    await server.end();
  };
  try {
    const { address, packages } = await server.ready;
    if (contender.together) return { server: null, client: server, packages, end };
    client = new Side("client", contender.name, work);
    await client.ready;
    await client.ask("address", { address });
    return { server, client, packages, end };
  } catch (error) {
    await end();
    throw error;
  }
}
