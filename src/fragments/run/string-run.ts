import type { Guard } from "../../guard/guard.js";
import type { EventBuffer } from "../../model/event-buffer.js";
import { flagsOf, type Tid, type TraceeAddress } from "../../model/index.js";
import { writeRegister } from "../../native/ptrace/ptrace.js";
import { Reg, type RegisterFile } from "../../native/ptrace/registers.js";
import { SIGTRAP } from "../../native/ptrace/signals.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import { ThreadRegisters } from "../../threads/thread-registers.js";
import { accessesOf } from "../../x86/decode/index.js";
import type { InstructionCache } from "../../x86/decode/instruction-cache.js";
import type { Place } from "../cache/place.js";
import type { TemplateAccess } from "../cache/template.js";
import { Slot } from "../cache/thread-area.js";
import type { FragmentLog } from "../log/fragment-log.js";

const INT3 = 0xcc;

/**
 * Finishes or takes out repeated string instructions that a fault or a signal has interrupted in a
 * fragment.
 */
export class StringRuns {
  constructor(
    readonly code: RemoteCode,
    readonly guard: Guard,
    readonly instructions: InstructionCache,
    readonly events: EventBuffer,
    readonly log: FragmentLog,
  ) {}

  /**
   * Runs the instruction at `place` to its end in a borrowed thread, without steps, which would
   * stop at each iteration. False where it has raised a signal.
   */
  finish(tid: Tid, { block, fault, instruction }: Place): boolean {
    const length = block.ips[instruction + 1]! - block.ips[instruction]!;
    const behind = (block.at + fault!.offset + length) as TraceeAddress;
    const { memory } = this.code;
    const kept = Buffer.alloc(1);
    memory.fill(behind, kept);
    memory.write(behind, Uint8Array.of(INT3));
    const stop = this.code.runToStop(tid, "continue");
    memory.write(behind, kept);
    if (stop.kind !== "signal" || stop.signal !== SIGTRAP) return false;
    writeRegister(tid, Reg.rip, behind);
    return true;
  }

  /**
   * Moves the pointers in `registers` back to the program's view; finished iterations stay
   * finished. `end`: where its records begin. Returns the registers at its beginning.
   */
  takeOut(
    registers: RegisterFile,
    { block, instruction }: Place,
    end: number,
    slots: Buffer,
  ): RegisterFile {
    const { words } = registers;
    const accesses = block.template.accesses.filter((a) => a.instruction === instruction);
    const moveBack = (register: number, bias: number) => {
      words[register] = BigInt.asUintN(64, words[register]! - slots.readBigUInt64LE(bias));
    };
    moveBack(Reg.rdi, Slot.biasOfRdi);
    if (accesses.length > 1) moveBack(Reg.rsi, Slot.biasOfRsi);
    const records = this.log.words(end, block.template.records);
    const begun = registers.copy();
    const startOf = (access: TemplateAccess) => this.log.reader.addressOf(access, records);
    // Iterations before it came to traced memory are not recorded.
    const isTraced = accesses.some((access) => this.guard.covers(startOf(access)));
    for (const access of isTraced ? accesses : []) {
      const register = access.flags ? Reg.rdi : Reg.rsi;
      const start = startOf(access);
      const pointer = Number(BigInt.asUintN(48, words[register]!));
      const done = Math.abs(pointer - start) / access.size;
      begun.words[register] = BigInt(start);
      begun.words[Reg.rcx] = words[Reg.rcx]! + BigInt(done);
    }
    begun.words[Reg.r14] = slots.readBigUInt64LE(Slot.r14);
    begun.words[Reg.r15] = slots.readBigUInt64LE(Slot.r15);
    begun.ip = block.ips[instruction]!;
    return begun;
  }

  /** Records what an instruction has done between the registers `begun` and `registers`. */
  record(tid: Tid, registers: RegisterFile, begun: RegisterFile): void {
    const before = new ThreadRegisters(tid, begun);
    const after = new ThreadRegisters(tid, registers);
    const instruction = this.instructions.at(registers.ip);
    for (const access of accessesOf(instruction, before, after)) {
      const { address, size } = access;
      if (!this.guard.touches(address, address + size)) continue;
      const flags = flagsOf({ ...access, origin: "user" });
      this.events.add(address, size, registers.ip, tid, flags);
    }
  }
}
