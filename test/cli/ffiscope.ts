import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { JsonReport } from "../../dist/report/index.js";

/** The command, as it is installed. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ffiscope ...words` to its end. */
export function ffiscope(...words: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 2 ** 30, timeout: 120_000, killSignal: "SIGKILL" as const };
    execFile(process.execPath, [MAIN, ...words], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : null) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

export interface TracedJson extends Finished {
  readonly report: JsonReport;
}

/** `ffiscope trace ...words --json`, with what it printed. */
export async function traceJson(...words: string[]): Promise<TracedJson> {
  const finished = await ffiscope("trace", "--json", ...words);
  if (!finished.stdout) throw new Error(`nothing on standard output; ${finished.stderr}`);
  return { ...finished, report: JSON.parse(finished.stdout) as JsonReport };
}

/** The bytes of `buffer` that events of `kind` touched, as offsets in order, each once. */
export function touched(report: JsonReport, kind: "read" | "write", buffer: string): number[] {
  const offsets = new Set<number>();
  for (const event of report.events) {
    if (event.kind !== kind || event.buffer !== buffer) continue;
    for (let i = 0; i < event.size; i++) offsets.add(event.offset! + i);
  }
  return [...offsets].sort((a, b) => a - b);
}

/** 0, 1, … `length - 1`. */
export function upTo(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** The bytes of a buffer after the call. */
export function content(report: JsonReport, name: string): Buffer {
  return Buffer.from(report.buffers.find((buffer) => buffer.name === name)!.content, "base64");
}
