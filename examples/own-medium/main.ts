// A server and a client over a medium of the program's own, and over a connection that is open already.
import { close, connect, serve } from "upcall";
import { nothingFrom } from "../arguments.ts";
import RealSubject from "../subject/real-subject.ts";
import { Subject } from "../subject/subject.ts";
import { pipe, pipeEnds } from "./pipe.ts";

nothingFrom("own-medium");

const onConnection = (peer: { toString(): string }): void => console.log(`connected: ${peer.toString()}`);
const server = await serve(new RealSubject(), "pipe:app", { media: [pipe], onConnection });
const subject = await connect(Subject, "pipe:app", { media: [pipe] });
console.log(await subject.request("hello"));
await close(subject);

const [here, there] = pipeEnds();
server.accept(there);
const ready = await connect(Subject, here);
console.log(await ready.request("again"));
await close(ready);
await server.close();
