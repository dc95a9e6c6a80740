// A deadline that goes through: a client gives its call 500 ms. The shop asks a stock, and the stock asks a warehouse,
// which is slow. When the client's time is over, all three know it and stop.
import { close, connect, context, defineInterface, method, serve, UpcallError, within } from "upcall";
import { nothingFrom } from "../arguments.ts";

nothingFrom("deadline");

const Shop = defineInterface("Shop", { order: method<(what: string) => string>() });
const Stock = defineInterface("Stock", { reserve: method<(what: string) => string>() });
const Warehouse = defineInterface("Warehouse", { find: method<(what: string) => string>() });

/** Settled when the warehouse knows that its answer is not needed any more. */
let stopped: () => void = () => {};
const hasStopped = new Promise<void>((resolve) => {
  stopped = resolve;
});

const warehouse = await serve(Warehouse, { find }, "tcp://localhost:0");
const toWarehouse = await connect(Warehouse, warehouse.url);
const stock = await serve(Stock, { reserve }, "tcp://localhost:0");
const toStock = await connect(Stock, stock.url);
const shop = await serve(Shop, { order }, "tcp://localhost:0");
const toShop = await connect(Shop, shop.url);

for (const what of ["a pen", "a whale"]) {
  try {
    console.log(await within(toShop, { timeout: 500 }).order(what));
  } catch (error) {
    if (error instanceof UpcallError) console.log(`${what}: ${error.code}, ${error.outcome}`);
  }
}
await hasStopped;
console.log("the warehouse has stopped looking");

for (const proxy of [toShop, toStock, toWarehouse]) await close(proxy);
for (const server of [shop, stock, warehouse]) await server.close();

async function order(what: string): Promise<string> {
  return await context().bind(toStock).reserve(what);
}

async function reserve(what: string): Promise<string> {
  // The context is kept, so that it can be asked after an await.
  const call = context();
  await Promise.resolve();
  return `reserved ${await call.bind(toWarehouse).find(what)}`;
}

async function find(what: string): Promise<string> {
  const { remaining, signal } = context();
  // The connections have their default of 30,000 ms: what counts here is the client's time.
  console.log(`warehouse: ${what} has the client's time: ${remaining < 1_000}`);
  if (what === "a pen") return what;
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  stopped();
  return what;
}
