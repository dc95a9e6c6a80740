// A server, or a client, that is stopped from outside: it says where it is, and from then on nothing.

import { connect, serve } from "upcall";
import { RealVault, Vault } from "../../auth/vault.ts";

const [role = "", url = ""] = process.argv.slice(2);
if (role === "server") {
  const server = await serve(Vault, new RealVault(), "tcp://127.0.0.1:0");
  process.send?.(server.url);
} else {
  const vault = await connect(Vault, url);
  // Waits for an answer that does not come.
  await vault.wait().catch(() => {});
}
