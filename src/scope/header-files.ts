import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UsageError } from "../model/index.js";
import { Declarations } from "../prototype/index.js";

/** What a scope or a pool knows from the start. */
export interface DeclareOptions {
  /** C declarations, as `declare` takes them; or the `declarations` of another scope, to share them. */
  readonly declare?: string | readonly string[] | Declarations;
  /** Paths of preprocessed headers (`cc -E FILE.h`). */
  readonly header?: string | readonly string[];
}

/** Headers first: texts may build on them. @throws UsageError where one cannot be read or understood. */
export function declarationsOf({ declare = [], header = [] }: DeclareOptions): Declarations {
  const shared = declare instanceof Declarations;
  const declarations = shared ? declare : new Declarations();
  for (const path of [header].flat()) declareHeader(declarations, path as string);
  for (const text of shared ? [] : [declare].flat()) declarations.declare(text as string);
  return declarations;
}

/** Takes what the file at `path` declares; `-` is standard input. @throws UsageError. */
export function declareHeader(declarations: Declarations, path: string): void {
  const file = path === "-" ? "standard input" : path;
  declarations.declare(headerText(path, file), file);
}

/** In bytes: a hundred times a large header. */
const MOST_BYTES = 2 ** 26;

const CHUNK_BYTES = 2 ** 20;

/** The file may be a pipe. */
function headerText(path: string, file: string): string {
  let fd: number | null = null;
  try {
    fd = path === "-" ? 0 : openSync(path, "r");
    const { size } = fstatSync(fd);
    if (size > MOST_BYTES) throw headerErrors.tooLarge(file, size);
    return read(fd, file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw headerErrors.unreadable(file, error);
  } finally {
    if (fd !== null && fd !== 0) closeSync(fd);
  }
}

function read(fd: number, file: string): string {
  const chunks: Buffer[] = [];
  for (let total = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    const bytes = chunk.subarray(0, length);
    if (bytes.includes(0)) throw headerErrors.binary(file);
    chunks.push(bytes);
    total += length;
    if (total > MOST_BYTES) throw headerErrors.tooLarge(file, total);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "it may not be read",
};

const headerErrors = {
  unreadable: (file: string, cause: unknown) =>
    error(file, REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? "it cannot be read", cause),
  tooLarge: (file: string, size: number) =>
    error(file, `it has ${size} bytes or more, and a header at most ${MOST_BYTES}`),
  binary: (file: string) => error(file, "it has NUL bytes, so it is no text"),
};

function error(file: string, why: string, cause?: unknown): UsageError {
  return new UsageError({
    code: "HEADER_UNREADABLE",
    message: `'${file}' is no header: ${why}`,
    remedy: "Give a file that 'cc -E FILE.h' wrote, or - for standard input",
    cause,
  });
}
