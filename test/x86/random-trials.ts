import { Code } from "iced-x86";
import type { TraceeAddress } from "../../dist/model/index.js";
import {
  accessesOf,
  decodeInstruction,
  type IcedInstruction,
  type MemoryAccess,
} from "../../dist/x86/decode/index.js";
import { CODE, Machine, SYMBOLS } from "./machine.js";
import type { Observation } from "./probe.js";
import { type Random, randomCode } from "./random-code.js";

/** A random instruction with random registers, and what the real processor made of it. */
export interface Trial {
  readonly code: Uint8Array;
  readonly instruction: IcedInstruction;
  readonly machine: Machine;
  observation: Observation | null;
}

/** Privilege, control and fs or gs that the decoder is not asked about. */
const LEFT_OUT = /^(Retf|Syscall|Sysenter|Int|Iret|Sysret|Xbegin|Hlt|Wrfsbase|Wrgsbase)/;
export function randomTrials(random: Random, count: number, codeOf = randomCode): Trial[] {
  const trials: Trial[] = [];
  while (trials.length < count) {
    const bytes = codeOf(random);
    const instruction = decodeInstruction(bytes, CODE as TraceeAddress);
    if (instruction.length === 0 || LEFT_OUT.test(Code[instruction.code]!)) continue;
    const code = bytes.slice(0, instruction.length);
    trials.push({
      code,
      instruction,
      machine: randomMachine(random, instruction),
      observation: null,
    });
  }
  return trials;
}

/** Most registers point into the heap, some are small, negative or too large. */
function randomMachine(random: Random, instruction: IcedInstruction): Machine {
  const machine = new Machine();
  const heap = SYMBOLS.heap!;
  const near = () => BigInt(heap + random.below(512) - 256);
  for (let n = 0; n < 16; n++) {
    const kind = random.below(8);
    const small = BigInt(random.below(64));
    const other = kind === 5 ? small : kind === 6 ? -small : (BigInt(heap) << 32n) | small;
    machine.gprs.set(n, BigInt.asUintN(64, kind < 5 ? near() : other));
  }
  if (instruction.form.tag === "rep-string") machine.gprs.set(1, BigInt(random.below(20)));
  machine.gprs.set(4, random.below(3) === 0 ? near() : BigInt(SYMBOLS.stack!));
  if (instruction.needs.vectors) setVectors(machine, random);
  machine.flags = random.pick([0n, 1n, 0x40n, 0x400n, 0x80n, 0x800n, 0x441n]);
  machine.fs = random.pick([0n, 0x100n]);
  machine.gs = random.pick([0n, 0x4000n]);
  return machine;
}

/** Small numbers of both signs as doublewords: indices and masks. */
function setVectors(machine: Machine, random: Random): void {
  for (let n = 0; n < 32; n++) {
    const words = Int32Array.from({ length: 16 }, () => random.below(256) - random.pick([0, 256]));
    machine.vectors.set(n, new Uint8Array(words.buffer));
  }
  for (let n = 0; n < 8; n++) {
    machine.opmasks.set(n, BigInt(random.below(2 ** 31)) | (BigInt(random.below(2 ** 31)) << 32n));
    machine.mmxs.set(n, machine.vectors.get(n)!.slice(0, 8));
  }
}

/** What the decoder says, with what the processor left behind. */
export function accessesWith({ instruction, machine, observation }: Trial): MemoryAccess[] {
  const before = machine.registers();
  const { outcome, gprs, rflags } = observation!;
  const after =
    outcome === "ok" ? { ...before, gpr: (n: number) => gprs[n]!, rflags: () => rflags } : null;
  return accessesOf(instruction, before, after);
}
