import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. Its compiled tests are in .test-build/. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const CACHE = join(ROOT, ".test-build/fixtures");

/**
 * Compiles a C file with `cc` and answers the path of what came out; a path to a file is relative
 * to the repository. What was compiled before, with the same flags and headers, is taken from
 * .test-build/fixtures/. Throws with the compiler's messages.
 *
 * @example compileFixture("test/fixtures/native/overrun.c", ["-shared", "-fPIC"])
 */
export function compileFixture(source: string, flags: readonly string[] = []): string {
  const path = join(ROOT, source);
  const hash = createHash("sha256").update(JSON.stringify([compiler(), source, flags]));
  for (const file of [path, ...headersBeside(path)]) hash.update(readFileSync(file));
  const folder = join(CACHE, hash.digest("hex").slice(0, 16));
  const name = basename(source, ".c");
  const output = join(folder, flags.includes("-shared") ? `lib${name}.so` : name);
  if (existsSync(output)) return output;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${output}.${process.pid}`;
  // Libraries in `flags` come after what needs them.
  execFileSync("cc", ["-o", unfinished, path, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  renameSync(unfinished, output);
  return output;
}

function headersBeside(path: string): string[] {
  const folder = dirname(path);
  const names = readdirSync(folder).filter((name) => name.endsWith(".h"));
  return names.sort().map((name) => join(folder, name));
}

let version: string | null = null;

function compiler(): string {
  version ??= execFileSync("cc", ["--version"], { encoding: "utf8" });
  return version;
}
