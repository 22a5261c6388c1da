import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFixture } from "../../support/fixtures.js";
import type { ExpectedAccess } from "../decode/case-file.js";
import type { Machine } from "../decode/machine.js";

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** What an engine recorded of one instruction, and how it ended: `ok` or `sigN`. */
export interface Staged {
  readonly outcome: string;
  readonly accesses: readonly ExpectedAccess[];
}

/**
 * Instructions inside traced calls of a real program (stage.c), one call each. They are queued, and
 * one session runs them all.
 */
export class Stage {
  readonly #binary = compileFixture("test/fixtures/instructions/stage.c", [
    ...["-O1", "-mavx", "-mxsave", "-mfsgsbase", "-fno-stack-protector"],
  ]);
  readonly #commands: string[] = [];

  constructor(readonly engine: "auto" | "reference") {}

  /** Queues one execution of `code` with the registers and the memory of `machine`. */
  add(machine: Machine, code: Uint8Array): void {
    const commands = this.#commands;
    commands.push("reset 0");
    for (const [n, value] of machine.gprs) commands.push(`g ${hex(n)} ${hex(value)}`);
    for (const [n, value] of machine.opmasks) commands.push(`k ${hex(n)} ${hex(value)}`);
    for (const [n, bytes] of machine.vectors) commands.push(`v ${hex(n)} ${hexBytes(bytes)}`);
    for (const [n, bytes] of machine.mmxs) commands.push(`m ${hex(n)} ${hexBytes(bytes)}`);
    for (const [at, bytes] of machine.memory) commands.push(`poke ${hex(at)} ${hexBytes(bytes)}`);
    commands.push(`flags ${hex(machine.flags)}`, `fs ${hex(machine.fs)}`, `gs ${hex(machine.gs)}`);
    commands.push(`run ${hexBytes(code)}`);
  }

  /** Runs what is queued; one entry an instruction, in order. */
  perform(): Staged[] {
    const directory = mkdtempSync(join(tmpdir(), "ffiscope-stage-"));
    try {
      const file = join(directory, "events.ndjson");
      const words = ["run", "--engine", this.engine, "--events", file, "--", this.#binary];
      const input = `${this.#commands.join("\n")}\n`;
      const output = execFileSync(process.execPath, [MAIN, ...words], { input, encoding: "utf8" });
      const outcomes = output.trim().split("\n");
      const calls = readFileSync(file, "utf8").trim().split("\n");
      return calls.map((line, i) => ({ outcome: outcomes[i]!, accesses: accessesOf(line) }));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
}

function accessesOf(line: string): ExpectedAccess[] {
  const { events } = JSON.parse(line) as {
    events: { kind: ExpectedAccess["kind"]; address: string; size: number; certain: boolean }[];
  };
  return events.map(({ kind, address, size, certain }) => ({
    kind,
    certain: kind === "unknown" || certain,
    address: Number(address),
    size,
  }));
}

const hex = (value: number | bigint) => value.toString(16);
const hexBytes = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex") || "00";
