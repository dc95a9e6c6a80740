// A client: calls the object through its proxy, prints what it returned, ends.
import { connect } from "upcall";
import { proxyFrom } from "../arguments.ts";
import { Subject } from "../subject/subject.ts";

const { url, options, message } = proxyFrom("proxy-client");
await using subject = await connect(Subject, url, options);
console.log(`received data: ${await subject.request(message)}`);
