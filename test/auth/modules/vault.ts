// Loaded by workers.
export { RealVault as default } from "../vault.ts";
