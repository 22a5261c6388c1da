import { spawnSync } from "node:child_process";
import type { Context } from "mocha";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { skipHere } from "../support/skip.js";
import type { Machine } from "./machine.js";

/** What the processor did with one instruction. */
export interface Observation {
  /** `ok`, `fault` (a page fault), `gp`, `ill`, or `sigN`. */
  readonly outcome: string;
  readonly faultAddress: number;
  readonly rip: number;
  readonly rflags: bigint;
  readonly gprs: readonly bigint[];
  /** Every byte that changed: address to value. */
  readonly changed: ReadonlyMap<number, number>;
}

/** Skips where no C program can be compiled, or none traced. */
export function needsProbe(context: Context): void {
  needsCompiler(context);
  try {
    new Probe().execute();
  } catch (cause) {
    skipHere(context, `no instruction can be traced here: ${(cause as Error).message}`);
  }
}

/**
 * The real processor as an oracle: probe.c runs single instructions in a traced child. Runs are
 * queued, and one call of {@link execute} makes them all.
 */
export class Probe {
  readonly #binary = compileFixture("test/fixtures/instructions/probe.c", ["-O2"]);
  readonly #commands: string[] = [];
  readonly #sinks: ((observation: Observation) => void)[] = [];
  /** Of NT_X86_XSTATE, in bytes. */
  stateSize = 0;
  /** xcr0. */
  enabled = 0n;

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
}

function parse(line: string): Observation {
  const fields = line.split(" ");
  const numbers = fields.slice(1, 21).map((field) => BigInt(`0x${field}`));
  const changed = new Map<number, number>();
  const writes = fields[21]!;
  for (const write of writes === "-" ? [] : writes.split(",")) {
    const [address, bytes] = write.split(":");
    for (const [i, byte] of Buffer.from(bytes!, "hex").entries()) {
      changed.set(Number(`0x${address}`) + i, byte);
    }
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
