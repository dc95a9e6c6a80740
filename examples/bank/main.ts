// A bank: accounts are objects that stay on the server, and an account can be called before the reference has arrived.
import { close, connect, serve, UpcallError } from "upcall";
import { nothingFrom } from "../arguments.ts";
import { Bank } from "./interfaces.ts";
import { RealBank } from "./real-bank.ts";

nothingFrom("bank");

const server = await serve(Bank, new RealBank(), "tcp://localhost:0");
const bank = await connect(Bank, server.url);

// One round trip: the second call uses the first one's result.
console.log(`anna has ${await bank.open("anna").deposit(50)}`);

// A reference: the same account is the same proxy, and the account itself when it comes home.
const [anna, bruno] = [await bank.open("anna"), await bank.open("bruno")];
console.log(`the same account: ${anna === (await bank.open("anna"))}`);
await bank.transfer(anna, bruno, 20);
console.log(`anna has ${await anna.balance()}, bruno has ${await bruno.balance()}`);

// Where the first call fails, so does the second.
await bank
  .open("")
  .deposit(5)
  .catch((error: unknown) => {
    if (error instanceof UpcallError) console.log(`${error.code}, ${error.outcome}`);
  });

// The server need not keep the accounts any more.
await Promise.all([close(anna), close(bruno)]);
await close(bank);
await server.close();
