// Serves, calls, cancels, closes, and has then to end by itself: no handle may be left.

import { close, connect, open, serve, within } from "upcall";
import { RealSubject, Subject } from "../interfaces.ts";

const real = new RealSubject();
const server = await serve(Subject, real, [process.argv[2] ?? "", "memory:both"]);
for (const url of server.urls) {
  const subject = await connect(Subject, url);
  await subject.reverse("x");
  const control = new AbortController();
  real.onNever = () => control.abort();
  await within(subject, { signal: control.signal })
    .never()
    .catch(() => {});
  await close(subject);
  const connection = await open(url);
  await connection.ping();
  await connection.close();
}
await server.close();
process.stdout.write("closed\n");
