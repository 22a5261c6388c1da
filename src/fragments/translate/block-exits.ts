import type { TraceeAddress } from "../../model/index.js";
import { type Assembler, Gpr64, type Patch } from "../../x86/encoding/assembler.js";
import { isLoop } from "../../x86/encoding/encoding-class.js";
import type { Source } from "../../x86/encoding/source-instruction.js";
import type { Exit } from "../cache/block.js";
import { BRANCH_TABLE, NO_EXIT, Slot } from "../cache/thread-area.js";
import type { BlockRequest } from "./block-request.js";

const { rcx, r14, r15 } = Gpr64;

/** A jump whose stub is still to be written. */
interface OpenExit {
  readonly target: TraceeAddress;
  readonly patch: Patch;
  readonly links: boolean;
}

/** The ways out of a block that is being built. */
export class BlockExits {
  readonly #open: OpenExit[] = [];

  constructor(
    readonly assembler: Assembler,
    readonly request: BlockRequest,
  ) {}

  /** `links`: what is at `target` may be translated. */
  jump(target: TraceeAddress, links = true): void {
    this.#open.push({ target, patch: this.assembler.jump(), links });
  }

  /** Under the condition of the branch `source`. */
  jumpIf({ raw }: Source, target: TraceeAddress): void {
    const opcode = raw.bytes[raw.opcodeAt]!;
    if (isLoop(raw)) {
      this.assembler.raw(opcode, 2, 0xeb, 5);
      this.jump(target);
    } else {
      this.#open.push({ target, patch: this.assembler.jumpIf(opcode & 15), links: true });
    }
  }

  /** On to the code for the address in r14; rcx is in its slot. */
  dispatch(): void {
    const { area, id } = this.request;
    this.assembler.saveNumber(id, area + Slot.from);
    this.assembler.raw(0x41, 0x0f, 0xb7, 0xce); // movzx ecx, r14w
    this.assembler.raw(0xff, 0x24, 0xcd); // jmp [table + 8*rcx]
    this.assembler.int32(area + BRANCH_TABLE);
  }

  /** Writes the stubs and has the jumps lead there. */
  finish(): Exit[] {
    const { assembler } = this;
    const { at } = this.request;
    return this.#open.map(({ target, patch, links }) => {
      const stub = assembler.length;
      assembler.setInt32(patch.at, stub - (patch.at + 4));
      if (links) this.#dispatchTo(target);
      else this.#leaveFor(target);
      return { target, jumpAt: at + patch.at, stub: at + stub, links };
    });
  }

  /** As an indirect branch would, until the target is translated. */
  #dispatchTo(target: TraceeAddress): void {
    this.assembler.save(rcx, this.request.area + Slot.rcx);
    this.assembler.loadNumber(r14, BigInt(target));
    this.dispatch();
  }

  #leaveFor(target: TraceeAddress): void {
    const { assembler } = this;
    const { area } = this.request;
    assembler.save(r15, area + Slot.log);
    assembler.load(r15, area + Slot.r15);
    assembler.saveNumber(NO_EXIT, area + Slot.exit);
    assembler.load(r14, area + Slot.r14);
    assembler.jumpTo(target);
  }
}
