// A skeleton without its interface's method.
import { defineInterface, method, Skeleton } from "upcall";

const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });

export default class Incomplete extends Skeleton(Subject) {}
