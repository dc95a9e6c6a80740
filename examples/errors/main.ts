// Errors: a bank declares what may go wrong, with data; both sides have the same classes. The caller does not see an
// unexpected error: it gets an id, under which the bank's own log has the rest.
import { close, connect, DeclaredError, defineInterface, method, serve, UpcallError } from "upcall";
import { nothingFrom } from "../arguments.ts";

nothingFrom("errors");

class InsufficientFunds extends DeclaredError<{ readonly missing: number }>("InsufficientFunds") {}
class NoSuchAccount extends DeclaredError<{ readonly account: string }>("NoSuchAccount", { code: "NOT_FOUND" }) {
  constructor(account: string) {
    super(`there is no account ${account}`, { account });
  }
}

const Bank = defineInterface("Bank", {
  withdraw: method<(account: string, amount: number) => number>({ errors: [InsufficientFunds, NoSuchAccount] }),
  audit: method<() => string>({ errors: [NoSuchAccount] }),
});

class RealBank {
  readonly #balances: Map<string, number> = new Map([["anna", 100]]);

  withdraw(account: string, amount: number): number {
    const balance = this.#balances.get(account);
    if (balance === undefined) throw new NoSuchAccount(account);
    if (amount > balance) throw new InsufficientFunds("accounts are not overdrawn", { missing: amount - balance });
    if (amount < 0) throw new RangeError(`${amount} would be a deposit`);
    this.#balances.set(account, balance - amount);
    return balance - amount;
  }

  audit(): string {
    throw new UpcallError("DATA_LOSS", "the books are not complete", { cause: new NoSuchAccount("bruno") });
  }
}

const log: string[] = [];
const server = await serve(Bank, new RealBank(), "tcp://localhost:0", {
  onError: ({ incident, error, method }) => log.push(`${incident} ${method} ${String(error)}`),
});
const bank = await connect(Bank, server.url);

async function withdraw(account: string, amount: number): Promise<void> {
  try {
    console.log(`${account} has ${await bank.withdraw(account, amount)} left`);
  } catch (error) {
    if (error instanceof InsufficientFunds) console.log(`${error.data.missing} missing: ${error.message}`);
    else if (error instanceof NoSuchAccount) console.log(`${error.code}: there is no account ${error.data.account}`);
    else throw error;
  }
}

await withdraw("anna", 30);
await withdraw("anna", 75);
await withdraw("bruno", 1);

const audit = await bank.audit().catch((error: UpcallError) => error);
if (audit instanceof UpcallError && audit.cause instanceof NoSuchAccount)
  console.log(`${audit.message}, because ${audit.cause.message}`);

const unexpected = await withdraw("anna", -5).catch((error: UpcallError) => error);
if (unexpected instanceof UpcallError && unexpected.incident !== null) {
  console.log(`the caller sees ${unexpected.code}, without the message: ${!unexpected.message.includes("deposit")}`);
  const line = log.find((each) => each.startsWith(unexpected.incident ?? "")) ?? "";
  console.log(`the log has it: ${line.slice(unexpected.incident.length + 1)}`);
}

await close(bank);
await server.close();
