import type { TraceeAddress } from "../../model/index.js";
import type { Template } from "./template.js";

/** Where a fault of the program's own can happen in a block. */
export interface FaultPoint {
  /** Offset in the block's code. */
  readonly offset: number;
  readonly instruction: number;
  /** The program's r15 is in r15, and the end of the log in its slot. */
  readonly swapped: boolean;
  /** How the instruction's memory operand is treated here. */
  readonly mode: OperandMode;
  /** A segment prefix, or what stands for one, moves its operand to the other view. */
  readonly movable: boolean;
  /** The program's rcx is in its slot. */
  readonly withoutRcx: boolean;
  /** It is a repeated string instruction, whose pointers are moved to the other view. */
  readonly repeated: boolean;
}

/** A way out of a block to a known address: a stub at first, linked once that is translated. */
export interface Exit {
  readonly target: TraceeAddress;
  /** Of the 32-bit displacement of the jump, in the tracee. */
  readonly jumpAt: number;
  /** Of the stub, in the tracee. */
  readonly stub: number;
  /** False where the code behind it must not be translated. */
  readonly links: boolean;
}

/**
 * A basic block of the program, translated: it runs from its first instruction to a branch, and
 * leaves a record of each access that it makes to traced memory.
 */
export interface Block {
  /** What the log calls it. */
  readonly id: number;
  readonly ip: TraceeAddress;
  /** Of its code, in the tracee. */
  readonly at: number;
  readonly size: number;
  /** How many of the program's it has. */
  readonly instructions: number;
  /** Original address of each instruction, and of what follows the last where that is no branch. */
  readonly ips: readonly TraceeAddress[];
  /** Offset of the code for each: there the program's state is whole, its r14 and r15 in their slots. */
  readonly starts: readonly number[];
  /** Offset of the code from which on its records are complete: r15 is past them. */
  readonly advancedAt: number;
  /** What its last instruction, an indirect branch, takes off the stack, in bytes. */
  readonly released: number;
  /** In order of offset. */
  readonly faultPoints: readonly FaultPoint[];
  readonly template: Template;
  readonly exits: readonly Exit[];
  /** Where the program comes back to: behind the call or the system call at its end. */
  readonly targets: readonly TraceeAddress[];
}

/** How a memory operand is treated, by what it has been seen to point to. */
export type OperandMode =
  /** Not to traced memory: the instruction as it is. It faults on the guard if that is wrong. */
  | "direct"
  /** To traced memory: moved to the other view. It faults if that is wrong. */
  | "redirected"
  /** Looked up each time. */
  | "checked"
  /** It is left to the reference engine. */
  | "interpreted";
