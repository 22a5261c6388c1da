import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.js";

/** What the processor did with one instruction. */
export interface Observation {
  /** `ok`, `fault` (a page fault), `gp`, `ill`, or `sigN`. */
  readonly outcome: string;
  readonly faultAddress: number;
  readonly rip: number;
  readonly rflags: bigint;
  readonly gprs: readonly bigint[];
  /** Address of every byte that changed. */
  readonly changed: ReadonlySet<number>;
}

const SOURCE = fileURLToPath(
  new URL("../../../test/fixtures/instructions/probe.c", import.meta.url),
);

/**
 * The real processor as an oracle: probe.c runs single instructions in a traced child. Runs are
 * queued, and one call of {@link execute} makes them all.
 */
export class Probe {
  readonly #folder = mkdtempSync(join(tmpdir(), "ffiscope-probe-"));
  readonly #commands: string[] = [];
  readonly #sinks: ((observation: Observation) => void)[] = [];
  /** Of NT_X86_XSTATE, in bytes. */
  stateSize = 0;
  enabled = 0n;

  /** Why there can be no probe here, or null. */
  static missing(): string | null {
    const { error, status } = spawnSync("cc", ["--version"]);
    if (error || status !== 0) return "cc is not installed";
    const probe = new Probe();
    try {
      probe.build();
      probe.execute();
      return null;
    } catch (cause) {
      return `no instruction can be traced here: ${(cause as Error).message}`;
    } finally {
      probe.dispose();
    }
  }

  build(): void {
    const { status, stderr } = spawnSync("cc", ["-O2", "-o", this.#binary, SOURCE], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`cc: ${stderr}`);
  }

  get #binary(): string {
    return join(this.#folder, "probe");
  }

  /** Queues `commands` (see probe.c). */
  command(...commands: string[]): void {
    this.#commands.push(...commands);
  }

  /** Queues the state of `machine`, with memory filled from `seed`. */
  set(machine: Machine, seed = 0): void {
    this.command(`reset ${hex(seed)}`);
    for (const [n, value] of machine.gprs) this.command(`g ${hex(n)} ${hex(value)}`);
    for (const [n, value] of machine.opmasks) this.command(`k ${hex(n)} ${hex(value)}`);
    for (const [n, bytes] of machine.vectors) this.command(`v ${hex(n)} ${hexBytes(bytes)}`);
    for (const [n, bytes] of machine.mmxs) this.command(`m ${hex(n)} ${hexBytes(bytes)}`);
    for (const [at, bytes] of machine.memory) this.command(`poke ${hex(at)} ${hexBytes(bytes)}`);
    this.command(`flags ${hex(machine.flags)}`, `fs ${hex(machine.fs)}`, `gs ${hex(machine.gs)}`);
    if (machine.inUse !== null) this.command(`inuse ${hex(machine.inUse)}`);
  }

  /** Queues a run; `sink` gets what happened once {@link execute} is called. */
  run(code: Uint8Array, sink: (observation: Observation) => void): void {
    this.command(`run ${hexBytes(code)}`);
    this.#sinks.push(sink);
  }

  execute(): void {
    const input = `${this.#commands.join("\n")}\n`;
    const { stdout, stderr, status, error } = spawnSync(this.#binary, {
      input,
      encoding: "latin1",
      maxBuffer: 2 ** 30,
    });
    if (error || status !== 0) throw new Error(`probe: ${stderr || error?.message}`);
    const [layout, ...lines] = stdout.trimEnd().split("\n");
    const [, size, enabled] = layout!.split(" ");
    this.stateSize = Number(`0x${size}`);
    this.enabled = BigInt(`0x${enabled}`);
    for (const [i, sink] of this.#sinks.entries()) sink(parse(lines[i]!));
    this.#commands.length = 0;
    this.#sinks.length = 0;
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

function parse(line: string): Observation {
  const fields = line.split(" ");
  const numbers = fields.slice(1, 21).map((field) => BigInt(`0x${field}`));
  const changed = new Set<number>();
  const writes = fields[21]!;
  for (const write of writes === "-" ? [] : writes.split(",")) {
    const [address, bytes] = write.split(":");
    for (let i = 0; i < bytes!.length / 2; i++) changed.add(Number(`0x${address}`) + i);
  }
  return {
    outcome: fields[0]!,
    faultAddress: Number(numbers[0]),
    rip: Number(numbers[1]),
    rflags: numbers[2]!,
    gprs: numbers.slice(3, 19),
    changed,
  };
}

export function hex(value: number | bigint): string {
  return value.toString(16);
}

function hexBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex") || "00";
}
