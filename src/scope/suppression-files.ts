import { readFileSync } from "node:fs";
import { parseSuppressions, SHIPPED_SUPPRESSIONS, type Suppression } from "../judge/index.js";
import { UsageError } from "../model/index.js";

/** Which findings are by design. */
export interface SuppressionOptions {
  /** Paths of suppression files, which look as memcheck's do. */
  readonly suppressions?: readonly string[];
  /** Also those that are shipped; true unless given. */
  readonly defaultSuppressions?: boolean;
}

/** `readFile` reads what a path names. @throws UsageError SUPPRESSIONS_UNREADABLE, SUPPRESSIONS_SYNTAX. */
export function suppressionsOf(
  options: SuppressionOptions,
  readFile: (path: string) => Uint8Array = (path) => readFileSync(path),
): Suppression[] {
  const { suppressions: files = [], defaultSuppressions = true } = options;
  const shipped = defaultSuppressions ? SHIPPED_SUPPRESSIONS : [];
  return [...files.flatMap((path) => parseSuppressions(textOf(path, readFile), path)), ...shipped];
}

function textOf(path: string, readFile: (path: string) => Uint8Array): string {
  try {
    return Buffer.from(readFile(path)).toString("utf8");
  } catch (cause) {
    throw new UsageError({
      code: "SUPPRESSIONS_UNREADABLE",
      message: `cannot read the suppressions in '${path}'`,
      remedy: "Give the path of a file that can be read",
      cause,
    });
  }
}
