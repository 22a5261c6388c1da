import { AccessFlag, type TraceeAddress } from "../../model/index.js";
import { type Assembler, Gpr64 } from "../../x86/encoding/assembler.js";
import { displacementOf } from "../../x86/encoding/encoding-class.js";
import type { RawInstruction } from "../../x86/encoding/raw-instruction.js";
import { Field, registerIn, scaleIn } from "../../x86/encoding/register-fields.js";
import { constantAddress, type Source } from "../../x86/encoding/source-instruction.js";
import { RECORD_SIZE, type TemplateAccess } from "../cache/template.js";
import { type InstructionEmitter, writtenBy } from "./emit-instruction.js";
import { isRun, type RunOperand } from "./emit-run.js";

const { r14, r15 } = Gpr64;
const { WRITE } = AccessFlag;

/** Records of a block at the most: their offsets from r15 take one byte. */
const MAX_RECORDS = 14;
/** What one instruction appends at the most: `movs`, two pointers before and after. */
const RECORDS_AN_INSTRUCTION = 4;

/** rdi, rsi, rdx and rcx (System V ABI 3.2.3), by number. */
const ENTRY_ARGUMENTS = [7, 6, 2, 1];

/** rcx, rsi and rdi. */
const RUN_WRITES = (1 << 1) | (1 << 6) | (1 << 7);

/** The address of an operand: what the record has, and `offset`; just that where `record` is -1. */
export interface LoggedAddress {
  readonly record: number;
  /** In bytes. */
  readonly offset: number;
}

/** What a block appends to the log, and the accesses that follow from it. */
export class BlockRecords {
  readonly accesses: TemplateAccess[] = [];
  #count = 0;
  /** In front of the instruction that is being copied. */
  #countBefore = 0;
  /** Records that hold an operand's `base + index*scale`, until a register of it is written. */
  #bases: { base: number; index: number; scale: number; record: number }[] = [];

  /** `id`: the block's number, in its first record. */
  constructor(
    readonly assembler: Assembler,
    readonly emitter: InstructionEmitter,
    readonly id: number,
  ) {}

  get count(): number {
    return this.#count;
  }

  /** There may be no room for those of another instruction. */
  get isFull(): boolean {
    return this.#count >= MAX_RECORDS - RECORDS_AN_INSTRUCTION;
  }

  /** An instruction begins. */
  begin(): void {
    this.#countBefore = this.#count;
  }

  /** Takes back what is of the instruction with this number, the last. Its code goes with it. */
  takeBack(instruction: number): void {
    const { accesses } = this;
    while (accesses.length > 0 && accesses.at(-1)!.instruction >= instruction) accesses.pop();
    this.#count = this.#countBefore;
  }

  /** Appends the operand's address to the log, unless a record has it. */
  operand(source: Source): LoggedAddress {
    const { raw, encodingClass } = source;
    const displacement = displacementOf(raw, encodingClass);
    const constant = constantAddress(source);
    if (constant !== null) return { record: -1, offset: constant };
    const base = registerIn(raw, Field.base);
    const index = registerIn(raw, Field.index);
    const scale = index < 0 ? 1 : scaleIn(raw);
    const known = this.#bases.find(
      (other) => other.base === base && other.index === index && other.scale === scale,
    );
    if (known) return { record: known.record, offset: displacement };
    let register = r14 as number;
    if (index < 0 && base !== r14 && base !== r15) register = base;
    else this.emitter.address(source, 0);
    const record = this.append(register);
    this.#bases.push({ base, index, scale, record });
    return { record, offset: displacement };
  }

  append(register: number): number {
    const record = this.#count++;
    this.assembler.log(register, record * RECORD_SIZE);
    if (record === 0) this.assembler.logNumber(this.id, 6);
    return record;
  }

  /**
   * What the instruction with number `instruction` accesses follows from the records; masks are logged
   * here.
   */
  expect(
    source: Source,
    instruction: number,
    kind: "redirected" | "checked",
    { record, offset }: LoggedAddress,
  ): void {
    const { raw, encodingClass } = source;
    const { masked } = encodingClass;
    const isExchange = encodingClass.memory === "exchange";
    // The zero flag is the next record.
    const mask = masked ? this.#mask(raw) : isExchange ? this.#count : -1;
    const flags =
      encodingClass.kind === "read" ? [0] : encodingClass.kind === "write" ? [WRITE] : [0, WRITE];
    for (const flag of flags) {
      this.accesses.push({
        kind: masked ? "masked" : isExchange && flag === WRITE ? "exchange" : kind,
        record,
        offset,
        size: encodingClass.size,
        flags: flag,
        ip: source.ip as TraceeAddress,
        instruction,
        form: masked,
        mask,
      });
    }
  }

  /** The same of a string instruction, whose records begin with number `first`. */
  expectRun(
    { ip }: Source,
    instruction: number,
    first: number,
    operands: readonly RunOperand[],
  ): void {
    for (const { record, end, write, size } of operands) {
      this.accesses.push({
        kind: "run",
        record: first + record,
        offset: first + end,
        size,
        flags: write ? WRITE : 0,
        ip: ip as TraceeAddress,
        instruction,
        form: null,
        mask: -1,
      });
    }
  }

  /** A function begins with `instruction`, at `ip`: logs its first four arguments. */
  entry(ip: TraceeAddress, instruction: number): void {
    const record = this.#count;
    for (const register of ENTRY_ARGUMENTS) this.append(register);
    this.accesses.push({
      kind: "entry",
      ...{ record, offset: 0, size: 0, flags: 0, ip, instruction, form: null, mask: -1 },
    });
  }

  /** Appends the zero flag behind an instruction that has written only if that is set. */
  outcome({ encodingClass }: Source): void {
    if (encodingClass.memory !== "exchange") return;
    this.assembler.raw(0x41, 0x0f, 0x94, 0xc6); // sete r14b
    this.append(r14);
  }

  /** An instruction is copied: records do not stand for registers that it has written. */
  forgetWritten({ raw, encodingClass }: Source): void {
    if (this.#bases.length === 0) return;
    const written = isRun(raw) ? RUN_WRITES : writtenBy(raw, encodingClass);
    if (written === 0) return;
    this.#bases = this.#bases.filter(
      ({ base, index }) =>
        !((base >= 0 && written & (1 << base)) || (index >= 0 && written & (1 << index))),
    );
  }

  /** Moves r15 past the block's records, which are complete. */
  advance(): void {
    if (this.#count === 0 && this.accesses.length > 0) this.#name();
    if (this.#count > 0) this.assembler.advance(r15, this.#count * RECORD_SIZE);
  }

  /** Appends the value of an EVEX instruction's opmask register, before it runs. */
  #mask({ bytes, prefixAt }: RawInstruction): number {
    if (this.#count === 0) this.#name();
    const register = bytes[prefixAt + 3]! & 7; // EVEX.aaa
    this.assembler.raw(0xc4, 0x61, 0xfb, 0x93, 0xf0 | register); // kmovq r14, k
    return this.append(r14);
  }

  /** A first record without an address, where none of an operand is there to name the block. */
  #name(): void {
    this.assembler.logZero(0);
    this.assembler.logNumber(this.id, 6);
    this.#count = 1;
  }
}
