import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

export function calls(file: string): TracedCall[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as TracedCall);
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
