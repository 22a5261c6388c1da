import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import { compileFixture, ROOT } from "../../support/fixtures.js";
import { needsCompiler } from "../../support/needs.js";

const CLIENT = join(ROOT, "clients/c");

/** What clients/c is compiled with wherever it goes. */
const STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const FIXTURE = ["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

export const SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** Changes with clients/c, so that what is compiled with it is compiled again. */
function contentOfClient(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(CLIENT).sort()) hash.update(readFileSync(join(CLIENT, file)));
  return hash.digest("hex").slice(0, 16);
}

/** A program of test/fixtures/clients with the C client; the path of what came out. */
export function compileWithClient(name: string, flags: readonly string[] = ["-O1"]): string {
  return compileFixture(`test/fixtures/clients/${name}.c`, [
    ...FIXTURE,
    ...flags,
    `-DCLIENT_CONTENT="${contentOfClient()}"`,
    `-I${CLIENT}`,
    join(CLIENT, "ffiscope.c"),
    "-pthread",
    "-ldl",
  ]);
}

/** A program of clients/c itself, as its README says. */
export function compileExample(flags: readonly string[] = ["-O2"]): string {
  const content = `-DCLIENT_CONTENT="${contentOfClient()}"`;
  const files = [join(CLIENT, "ffiscope.c"), "-pthread", "-ldl"];
  return compileFixture("clients/c/example.c", [...STRICT, ...flags, content, ...files]);
}

/** The native functions that clients call, as a library. */
export function nativeLibrary(): string {
  return compileFixture("test/fixtures/clients/native.c", ["-shared", "-fPIC", "-O1", "-Wall"]);
}

/** For a suite's `before`. */
export function needsPrograms(this: Context): void {
  needsCompiler(this);
  nativeLibrary();
  compileWithClient("conformance");
}

/** A client that is told what to do by a script. */
export interface Client {
  readonly name: string;
  readonly language: "c" | "node";
  /** The command that takes a script's words. */
  command(): readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const conformance = () => [compileWithClient("conformance"), nativeLibrary()];

export const C_CLIENT: Client = { name: "the C client", language: "c", command: conformance };

export const C_CLIENT_GUARDING: Client = {
  name: "the C client, guarding its heap itself",
  language: "c",
  command: conformance,
  env: { CONFORMANCE_GUARD: "here" },
};

export const C_CLIENT_MARKING: Client = {
  name: "the C client, marking its signals",
  language: "c",
  command: conformance,
  env: { CONFORMANCE_MARKED: "1" },
};

export const C_CLIENT_RANGES: Client = {
  name: "the C client, with its heap as ranges",
  language: "c",
  command: conformance,
  env: { CONFORMANCE_RANGES: "1" },
};

export const C_CLIENT_SANITIZED: Client = {
  name: "the C client, under AddressSanitizer and UBSan",
  language: "c",
  command: () => [compileWithClient("conformance", SANITIZED), nativeLibrary()],
  // LeakSanitizer cannot run in a traced process; SIGSEGV is the program's own.
  env: { ASAN_OPTIONS: "detect_leaks=0:handle_segv=0" },
};

export const NODE_CLIENT: Client = {
  name: "the Node client",
  language: "node",
  command: () => [
    process.execPath,
    join(ROOT, "test/fixtures/clients/conformance.mjs"),
    nativeLibrary(),
  ],
};
