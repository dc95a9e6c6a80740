// A client that makes a call and has then nothing to do: a connection alone keeps its process, a closed one does not.

import { close, connect } from "upcall";
import { Subject } from "../interfaces.ts";

const subject = await connect(Subject, process.argv[2] ?? "");
process.stdout.write(`${await subject.reverse("abc")}\n`);
await close(subject);
