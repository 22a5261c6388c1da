import { mayHaveCalled } from "./call-site.js";
import { evaluate } from "./expression.js";
import type { FrameDescription } from "./frame-description.js";
import { type CfaRule, type RegisterRule, rulesAt } from "./frame-rules.js";
import { type CodeMapping, imageStart, LoadedImage } from "./loaded-image.js";
import { MemoryPages, UnwindEnd, type UnwindMemory } from "./memory.js";
import { type FrameRegisters, RBP, RIP, RSP } from "./registers.js";

/** One function that has not returned. */
export interface Frame {
  /** The instruction; of a caller, the one behind its call. */
  readonly ip: number;
  /** `ip` is where a call returns to: what was called from is the instruction before it. */
  readonly isReturn: boolean;
}

/** Of a deeper stack, the innermost. */
export const MAX_FRAMES = 128;

const PROT_EXEC = 4;
const WORD = 8;

/** What __restore_rt is on x86-64, also where no table tells: mov rax, SYS_rt_sigreturn; syscall. */
const SIGNAL_RETURN = Buffer.from("48c7c00f0000000f05", "hex");
/** From the stack pointer at it to the registers that the signal interrupted (ucontext, sigcontext). */
const GREGS = 40;
/** Places of the DWARF registers among those: r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip. */
const GREG_ORDER = [13, 12, 14, 11, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7, 16] as const;

/**
 * Every function of a thread that has not returned, innermost first, from its registers (in DWARF
 * order), the memory of its process and the mappings of that, in order of address. Functions are taken
 * apart by their frame tables (.eh_frame); code that has none is taken to keep a frame pointer.
 */
export function unwind(
  registers: FrameRegisters,
  memory: UnwindMemory,
  mappings: readonly CodeMapping[],
): Frame[] {
  return new Unwinder(new MemoryPages(memory), mappings).frames(registers);
}

class Unwinder {
  readonly #images = new Map<number, LoadedImage | null>();

  constructor(
    readonly memory: MemoryPages,
    readonly mappings: readonly CodeMapping[],
  ) {}

  frames(innermost: FrameRegisters): Frame[] {
    const frames: Frame[] = [];
    let registers: FrameRegisters | null = innermost;
    let isReturn = false;
    while (registers !== null && frames.length < MAX_FRAMES) {
      const ip = Number(registers[RIP]);
      if (ip === 0 && frames.length > 0) break; // the outermost function was called by nobody
      frames.push({ ip, isReturn });
      const { caller, isSignal }: Step = this.#step(registers, ip, isReturn);
      const isStuck: boolean = caller?.[RIP] === registers[RIP] && caller?.[RSP] === registers[RSP];
      registers = isStuck ? null : caller;
      isReturn = !isSignal;
    }
    return frames;
  }

  #step(registers: FrameRegisters, ip: number, isReturn: boolean): Step {
    try {
      const index = this.#mappingOf(ip);
      // A function pointer that leads to no code: the call has put its return address on the stack.
      if (index === null) return isReturn ? END : called(this.#return(registers, registers[RSP]!));
      if (this.#isSignalReturn(ip)) return { caller: this.#interrupted(registers), isSignal: true };
      const description = this.#describe(index, isReturn ? ip - 1 : ip);
      if (description === null) {
        const direct = isReturn ? null : this.#withoutFrame(registers, ip);
        return called(direct ?? this.#byFramePointer(registers));
      }
      const at = isReturn && !description.isSignal ? ip - 1 : ip;
      const caller = this.#byTable(registers, description, at);
      return { caller, isSignal: description.isSignal };
    } catch (error) {
      if (error instanceof UnwindEnd) return END;
      throw error;
    }
  }

  /** The mapping of code that holds an address. */
  #mappingOf(ip: number): number | null {
    const index = this.mappings.findIndex(({ start, end }) => ip >= start && ip < end);
    return index >= 0 && this.mappings[index]!.protection & PROT_EXEC ? index : null;
  }

  #describe(index: number, pc: number): FrameDescription | null {
    const start = imageStart(this.mappings, index);
    if (start === null) return null;
    try {
      const known = this.#images.get(start);
      const image = known === undefined ? new LoadedImage(start, this.memory) : known;
      this.#images.set(start, image);
      return image?.describe(pc) ?? null;
    } catch (error) {
      if (!(error instanceof UnwindEnd)) throw error;
      if (!this.#images.has(start)) this.#images.set(start, null);
      return null;
    }
  }

  #byTable(registers: FrameRegisters, description: FrameDescription, pc: number) {
    const rules = rulesAt(description, pc);
    const cfa = this.#cfaOf(rules.cfa, registers);
    const caller = registers.map((value, number) => {
      const rule = rules.registers.get(number === RIP ? description.returnColumn : number);
      return rule ? this.#valueOf(rule, cfa, registers) : number === RSP ? cfa : value;
    });
    if (!rules.registers.has(description.returnColumn)) return null;
    return caller[RIP] == null ? null : caller; // the outermost function says so
  }

  #cfaOf(rule: CfaRule, registers: FrameRegisters): bigint {
    if ("code" in rule) return evaluate(rule.code(), registers, this.memory);
    const base = registers[rule.register];
    if (base == null) throw new UnwindEnd("the frame's register is not known");
    return BigInt.asUintN(64, base + BigInt(rule.offset));
  }

  #valueOf(rule: RegisterRule, cfa: bigint, registers: FrameRegisters): bigint | null {
    switch (rule.kind) {
      case "undefined":
        return null;
      case "at":
        return this.memory.u64(Number(cfa) + rule.offset);
      case "is":
        return BigInt.asUintN(64, cfa + BigInt(rule.offset));
      case "register":
        return registers[rule.register] ?? null;
      case "at-expression":
        return this.memory.u64(Number(evaluate(rule.code(), registers, this.memory, [cfa])));
      case "is-expression":
        return evaluate(rule.code(), registers, this.memory, [cfa]);
    }
  }

  /** Of a function that has no frame, or none yet: its return address is on top of the stack. */
  #withoutFrame(registers: FrameRegisters, ip: number): FrameRegisters | null {
    const caller = this.#return(registers, registers[RSP]!);
    const address = Number(caller?.[RIP]);
    const isCall = mayHaveCalled(address, ip, this.memory) || this.#isSignalReturn(address);
    return isCall ? caller : null;
  }

  /** `push rbp; mov rbp, rsp`: what JIT compilers do, and code that has no tables. */
  #byFramePointer(registers: FrameRegisters): FrameRegisters | null {
    const frame = registers[RBP] ?? 0n;
    if (frame === 0n || frame % BigInt(WORD) !== 0n) return null;
    const caller = [...(this.#return(registers, frame + BigInt(WORD)) ?? [])];
    if (this.#mappingOf(Number(caller[RIP] ?? 0n)) === null) return null;
    caller[RBP] = this.memory.u64(Number(frame));
    return caller;
  }

  /** The caller, whose address `at` points to; its other registers are as they were. */
  #return(registers: FrameRegisters, at: bigint | null): FrameRegisters | null {
    if (at === null) return null;
    const caller = [...registers];
    caller[RIP] = this.memory.u64(Number(at));
    caller[RSP] = at + BigInt(WORD);
    return caller;
  }

  #isSignalReturn(ip: number): boolean {
    try {
      return this.memory.bytes(ip, SIGNAL_RETURN.length).equals(SIGNAL_RETURN);
    } catch (error) {
      if (error instanceof UnwindEnd) return false;
      throw error;
    }
  }

  #interrupted(registers: FrameRegisters): FrameRegisters {
    const from = Number(registers[RSP]) + GREGS;
    return GREG_ORDER.map((place) => this.memory.u64(from + place * WORD));
  }
}

/** The next frame outwards; `isSignal`: it was interrupted, and has called nothing. */
interface Step {
  readonly caller: FrameRegisters | null;
  readonly isSignal: boolean;
}

const END: Step = { caller: null, isSignal: false };
const called = (caller: FrameRegisters | null): Step => ({ caller, isSignal: false });
