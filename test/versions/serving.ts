// What a server of one version serves to a client of another.
import { type Server, serve, type Workers } from "upcall";
import subject, { onStop, upper } from "./modules/subject.ts";

export type End = "newline" | "half-close" | "chunk";

export const token = "let me in";

const servers: Server[] = [];

/** Serves on addresses of the native wire; `stop()` closes that server. */
export async function begin(urls: string[], workers?: Workers): Promise<readonly string[]> {
  const options = { authenticate: token };
  const server =
    workers === undefined || workers === "inline"
      ? // What a method throws on purpose would be logged.
        await serve([subject], urls, { ...options, onError: () => {} })
      : // A call whose deadline is over goes on for a while, and its worker is not to be ended for it.
        await serve(new URL("./modules/subject.js", import.meta.url), urls, {
          ...options,
          workers,
          limits: { grace: 60_000 },
        });
  onStop(() => void server.close());
  servers.push(server);
  return server.urls;
}

/** Serves a method on the plain wire; datagrams have no other end than their own. */
export async function beginPlain(urls: string[], end?: End): Promise<readonly string[]> {
  const server = await serve([upper], urls, { wire: "plain", ...(end === undefined ? {} : { end }) });
  servers.push(server);
  return server.urls;
}

/** Closes what is still served. */
export async function end(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.close()));
}

/** Where the package lies that serves and calls here. */
export function place(): Promise<string> {
  return Promise.resolve(import.meta.resolve("upcall"));
}
