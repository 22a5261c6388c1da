import { readFileSync } from "node:fs";
import { UsageError } from "../model/index.js";

/** What takes files, and `-` for standard input. */
export interface InputFiles {
  readonly headers: readonly string[];
  readonly suppressions: readonly string[];
  readonly args: readonly string[];
}

const STDIN = 0;

/** An argument that is a file's bytes, from standard input. */
const ARGUMENT = /^(?:cstr)?@-$/;

/** @throws UsageError STANDARD_INPUT_TWICE: what one has read, another does not find. */
export function requireOneReader({ headers, suppressions, args }: InputFiles): void {
  const readers = [
    ...headers.filter((path) => path === "-").map(() => "--header -"),
    ...suppressions.filter((path) => path === "-").map(() => "--suppressions -"),
    ...args.filter((text) => ARGUMENT.test(text)),
  ];
  if (readers.length < 2) return;
  throw new UsageError({
    code: "STANDARD_INPUT_TWICE",
    message: `standard input can be read once, and ${readers.join(" and ")} want it`,
    remedy: "Give files for all but one of them",
  });
}

/** A file's bytes; `-` is standard input, and `./-` the file of that name. */
export function inputFile(path: string): Buffer {
  return readFileSync(path === "-" ? STDIN : path);
}
