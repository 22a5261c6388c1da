import type { TraceeAddress } from "../../model/index.js";
import type { Assembler } from "../../x86/encoding/assembler.js";
import type { FaultPoint, OperandMode } from "../cache/block.js";
import { templateOf } from "../cache/template.js";
import { BlockExits } from "./block-exits.js";
import { BlockRecords } from "./block-records.js";
import type { BlockRequest, BuiltBlock } from "./block-request.js";
import { type Emitted, InstructionEmitter } from "./emit-instruction.js";

/** A block that is being built: its code so far, and what is known about that. */
export class BlockDraft {
  readonly emitter: InstructionEmitter;
  readonly records: BlockRecords;
  readonly exits: BlockExits;
  /** Where the program comes back to: behind the call or the system call at its end. */
  readonly targets: TraceeAddress[] = [];
  /** What its last instruction takes off the stack, in bytes. */
  released = 0;
  /** A prefix can move the operand of the instruction that is being copied to the other view. */
  movable = false;
  /** The next instruction is a branch under a condition. */
  isBeforeBranch = false;
  /** Copied so far. */
  instructions = 0;
  readonly #ips: TraceeAddress[] = [];
  readonly #starts: number[] = [];
  readonly #faultPoints: FaultPoint[] = [];
  /** r15 is past the block's records. */
  #advanced = false;
  #advancedAt = 0;

  constructor(
    readonly request: BlockRequest,
    readonly assembler: Assembler,
  ) {
    this.emitter = new InstructionEmitter(assembler, request.at, request.area);
    this.records = new BlockRecords(assembler, this.emitter, request.id);
    this.exits = new BlockExits(assembler, request);
  }

  /** The number of the instruction that is being copied. */
  get instruction(): number {
    return this.#ips.length - 1;
  }

  begin(ip: TraceeAddress): void {
    this.#ips.push(ip);
    this.#starts.push(this.assembler.length);
    this.records.begin();
  }

  /** Takes back all that was written of the instruction at the end, which has to be left to the program. */
  takeBack(): void {
    const { instruction } = this;
    const points = this.#faultPoints;
    this.assembler.length = this.#starts.pop()!;
    this.#ips.pop();
    while (points.length > 0 && points.at(-1)!.instruction >= instruction) points.pop();
    this.records.takeBack(instruction);
    this.targets.length = 0;
    this.#advanced = false;
  }

  /** A fault can happen at what was put there. False where nothing was. */
  faultAt(emitted: Emitted | null, mode: OperandMode = "direct", repeated = false): boolean {
    if (emitted === null) return false;
    const { offset, swapped, withoutRcx = false } = emitted;
    this.#faultPoints.push({
      offset,
      swapped,
      repeated,
      instruction: this.instruction,
      mode,
      movable: this.movable,
      withoutRcx,
    });
    return true;
  }

  /** The block's records are complete: no more will be appended. */
  advance(): void {
    if (this.#advanced) return;
    this.#advanced = true;
    this.records.advance();
    this.#advancedAt = this.assembler.length;
  }

  /** As {@link advance}, where what is copied next and a branch are to stay together. */
  advanceBeforeBranch(): void {
    if (this.isBeforeBranch) this.advance();
  }

  /** The block ends before `ip`. `links`: that may be translated too. */
  end(ip: TraceeAddress, links: boolean): void {
    this.begin(ip);
    this.advance();
    this.exits.jump(ip, links);
  }

  finish(): BuiltBlock {
    const { id, ip, at } = this.request;
    const exits = this.exits.finish();
    const { assembler, records } = this;
    return {
      block: {
        id,
        ip,
        at,
        size: assembler.length,
        instructions: this.instructions,
        ips: this.#ips,
        starts: this.#starts,
        advancedAt: this.#advancedAt,
        released: this.released,
        faultPoints: this.#faultPoints,
        template: templateOf(this.request.ip, records.count, records.accesses),
        exits,
        targets: this.targets,
      },
      code: assembler.bytes.slice(0, assembler.length),
    };
  }
}
