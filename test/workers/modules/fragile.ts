// A module that can be loaded while a file says "good"; the URL's query names the file. Each try leaves a mark in it.
import { appendFileSync, readFileSync } from "node:fs";
import RealSubject from "../real-subject.ts";

const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const good = readFileSync(file, "utf8").startsWith("good");
appendFileSync(file, ".");
if (!good) process.exit(7);

export default class Fragile extends RealSubject {}
