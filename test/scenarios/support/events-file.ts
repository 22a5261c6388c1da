import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callsBefore } from "./leased.js";

/** A line of `--events FILE`. */
export interface TracedCall {
  readonly call: number;
  readonly events: readonly {
    readonly kind: "read" | "write";
    readonly address: string;
    readonly size: number;
    readonly certain: boolean;
    readonly ip: string;
    readonly thread: number;
    readonly origin: "user" | "kernel";
    readonly symbol: string | null;
  }[];
  readonly truncated: boolean;
}

/** Those of the script, from 1 on. */
export function calls(file: string): TracedCall[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const all = lines.map((line) => JSON.parse(line) as TracedCall);
  const before = callsBefore();
  return all.slice(before).map((traced) => ({ ...traced, call: traced.call - before }));
}

/** A folder of its own for `work`, gone afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-scenario-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A path for `--events`, for the length of `work`. */
export function withEvents(work: (file: string) => Promise<void>): Promise<void> {
  return withFolder((folder) => work(join(folder, "events.ndjson")));
}
