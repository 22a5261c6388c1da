import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Counts, countsIn } from "../support/counts.js";
import { ROOT } from "../support/fixtures.js";
import type { Batch } from "./batches.js";

const MOCHA = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");

export interface Outcome {
  readonly counts: Counts;
  /** What mocha printed, on both streams, less the line of the counts. */
  readonly output: string;
}

const FAILURE: Counts = { passed: 0, failed: 1, skipped: 0 };

/** Runs a batch in a process of its own. */
export async function runBatch(batch: Batch): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-batch-"));
  // A file: a process that is left over would hold a pipe open.
  const file = join(folder, "output");
  const fd = openSync(file, "w");
  try {
    const files = batch.map((path) => join(".test-build", path));
    const mocha = spawn(process.execPath, [MOCHA, ...files], {
      cwd: ROOT,
      stdio: ["ignore", fd, fd],
    });
    const [code, signal] = (await once(mocha, "exit")) as [number | null, string | null];
    return outcomeOf(readFileSync(file, "utf8"), code, signal);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** A run that ends without its counts, or fails and counts no failure, counts as one failure. */
export function outcomeOf(output: string, code: number | null, signal: string | null): Outcome {
  const lines = output.trimEnd().split("\n");
  const counts = countsIn(lines.at(-1)!);
  if (!counts) {
    const how = `mocha ended with ${signal ?? `exit code ${code}`}, and without its counts`;
    return { counts: FAILURE, output: `${lines.join("\n")}\n  ${how}\n` };
  }
  const rest = `${lines.slice(0, -1).join("\n")}\n`;
  if (code === 0 || counts.failed > 0) return { counts, output: rest };
  const how = `mocha ended with ${signal ?? `exit code ${code}`}`;
  return { counts: { ...counts, failed: 1 }, output: `${rest}  ${how}\n` };
}
