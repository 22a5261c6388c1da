import { AccessFlag, type TraceeAddress } from "../../model/index.js";
import { Assembler, Gpr64, type Patch } from "./assembler.js";
import type { Block, Exit, FaultPoint, Site } from "./block.js";
import {
  type Emitted,
  InstructionEmitter,
  namesHighest,
  type Source,
  writtenBy,
} from "./emit-instruction.js";
import { emitRun, isRun } from "./emit-run.js";
import { shapeOf } from "./known-shapes.js";
import {
  hasMemoryOperand,
  int32At,
  isRipRelative,
  parseInstruction,
  type RawInstruction,
} from "./raw-instruction.js";
import { Field, registerIn, scaleIn } from "./register-fields.js";
import { displacementOf, isLoop } from "./shape.js";
import type { TemplateAccess } from "./template.js";
import { BRANCH_TABLE, NO_EXIT, Slot } from "./thread-area.js";

const { rcx, rsp, r14, r15 } = Gpr64;

/** Instructions in a block at the most: a long one is translated again for every entry into it. */
const MAX_INSTRUCTIONS = 48;
/** Records of a block at the most: their offsets from r15 take one byte. */
const MAX_RECORDS = 14;
const RECORD_SIZE = 8;
/** More than a block's code can take. */
const CAPACITY = 16384;

/** What a block is built from and for. */
export interface BlockRequest {
  readonly id: number;
  readonly ip: TraceeAddress;
  /** The code from `ip` on. */
  readonly code: Uint8Array;
  /** Where the block will lie. */
  readonly at: number;
  /** The {@link Slot}s of the thread. */
  readonly area: number;
  readonly pageTable: number;
  /** How to treat a memory operand; `address` where no register is in it. */
  readonly siteOf: (source: Source, address: number | null) => Site;
  /** The instruction at `ip` is left to the reference engine. */
  readonly isRefused: (ip: number) => boolean;
  /** Numbers an exit. */
  readonly nextExit: () => number;
}

export interface BuiltBlock {
  readonly block: Block;
  readonly code: Uint8Array;
}

/** One at a time is built. */
const assembler = new Assembler(CAPACITY);

/** Translates a basic block. Null where not even its first instruction can run in a fragment. */
export function buildBlock(request: BlockRequest): BuiltBlock | null {
  return new BlockBuilder(request).build();
}

class BlockBuilder {
  readonly #assembler = assembler.reset();
  readonly #emitter: InstructionEmitter;
  readonly #ips: TraceeAddress[] = [];
  readonly #starts: number[] = [];
  readonly #faultPoints: FaultPoint[] = [];
  readonly #accesses: TemplateAccess[] = [];
  readonly #exits: {
    readonly target: TraceeAddress;
    readonly patch: Patch;
    readonly links: boolean;
  }[] = [];
  readonly #targets: TraceeAddress[] = [];
  #records = 0;
  /** In front of the instruction that is being copied. */
  #recordsBefore = 0;
  /** Records that hold an operand's `base + index*scale`, until a register of it is written. */
  #bases: { base: number; index: number; scale: number; record: number }[] = [];
  /** r15 is past the block's records. */
  #advanced = false;
  #advancedAt = 0;
  #released = 0;
  /** Of the instruction that is being copied. */
  #movable = false;
  /** Copied so far. */
  #instructions = 0;

  constructor(readonly request: BlockRequest) {
    this.#emitter = new InstructionEmitter(this.#assembler, request.at, request.area);
  }

  build(): BuiltBlock | null {
    let ip = this.request.ip;
    for (;;) {
      const source = this.#sourceAt(ip);
      const isFull = this.#ips.length >= MAX_INSTRUCTIONS || this.#records >= MAX_RECORDS - 4;
      if (source === null || source.shape.flow === "leave" || this.request.isRefused(ip)) {
        if (source && isSyscall(source.raw))
          this.#targets.push((ip + source.length) as TraceeAddress);
        this.#end(ip, false);
        break;
      }
      if (isFull) {
        this.#end(ip, true);
        break;
      }
      this.#recordsBefore = this.#records;
      this.#ips.push(ip);
      this.#starts.push(this.#assembler.length);
      const isLast = source.shape.flow !== "next";
      if (!(isLast ? this.#branch(source) : this.#plain(source))) {
        this.#takeBack();
        this.#end(ip, false);
        break;
      }
      this.#instructions++;
      if (isLast) break;
      this.#forgetWritten(source);
      ip = (ip + source.length) as TraceeAddress;
    }
    return this.#instructions === 0 ? null : this.#finish();
  }

  #sourceAt(ip: TraceeAddress): Source | null {
    const offset = ip - this.request.ip;
    const raw = parseInstruction(this.request.code.subarray(offset, offset + 15));
    const shape = raw && shapeOf(raw);
    if (!raw || !shape) return null;
    const length = raw.headLength + shape.immediateSize;
    return offset + length > this.request.code.length ? null : { ip, raw, shape, length };
  }

  /** Takes back all that was written of the instruction at the end, which has to be left to the program. */
  #takeBack(): void {
    const instruction = this.#ips.length - 1;
    this.#assembler.length = this.#starts.pop()!;
    this.#ips.pop();
    const isLater = (one: { readonly instruction: number }) => one.instruction >= instruction;
    while (this.#faultPoints.length > 0 && isLater(this.#faultPoints.at(-1)!))
      this.#faultPoints.pop();
    while (this.#accesses.length > 0 && isLater(this.#accesses.at(-1)!)) this.#accesses.pop();
    this.#records = this.#recordsBefore;
    this.#targets.length = 0;
    this.#advanced = false;
  }

  /** An instruction that the next one follows. False where it has to be left to the program itself. */
  #plain(source: Source): boolean {
    const { raw, shape } = source;
    if (isRun(raw)) return this.#run(source);
    this.#movable = MOVABLE.has(shape.memory);
    const named = hasMemoryOperand(raw);
    if (shape.memory === "special") {
      // Its index may be a vector, and its operand has no other view: as it is, or not at all.
      if (namesHighest(raw, shape)) return false;
      return this.#copy(source, false);
    }
    if (!named || shape.memory === "address" || shape.memory === "none") {
      return this.#copy(source, false);
    }
    switch (this.#site(source)) {
      case "native":
        return this.#copy(source, false);
      case "traced": {
        this.#expect(source, "traced", this.#log(source).logged);
        if (!this.#copy(source, true)) return false;
        this.#logOutcome(source);
        return true;
      }
      case "either":
        return this.#either(source);
      default:
        return false;
    }
  }

  #site(source: Source): Site {
    return this.request.siteOf(source, constantAddress(source));
  }

  #copy(source: Source, traced: boolean, site: Site = traced ? "traced" : "native"): boolean {
    return this.#faultAt(this.#emitter.instruction(source, traced), site);
  }

  #faultAt(emitted: Emitted | null, site: Site = "native", repeated = false): boolean {
    if (emitted === null) return false;
    const { offset, swapped, withoutRcx = false } = emitted;
    const advanced = this.#advanced;
    const instruction = this.#ips.length - 1;
    const movable = this.#movable;
    this.#faultPoints.push({
      offset,
      swapped,
      repeated,
      advanced,
      instruction,
      site,
      movable,
      withoutRcx,
    });
    return true;
  }

  /** Appends the operand's address to the log, unless a record has it. */
  #log(source: Source): { logged: { record: number; offset: number } } {
    const { raw, shape } = source;
    const displacement = displacementOf(raw, shape);
    const constant = constantAddress(source);
    if (constant !== null) return { logged: { record: -1, offset: constant } };
    const base = registerIn(raw, Field.base);
    const index = registerIn(raw, Field.index);
    const scale = index < 0 ? 1 : scaleIn(raw);
    const known = this.#bases.find(
      (other) => other.base === base && other.index === index && other.scale === scale,
    );
    if (known) return { logged: { record: known.record, offset: displacement } };
    let register = r14 as number;
    if (index < 0 && base !== r14 && base !== r15) register = base;
    else this.#emitter.address(source, 0);
    const record = this.#append(register);
    this.#bases.push({ base, index, scale, record });
    return { logged: { record, offset: displacement } };
  }

  #append(register: number): number {
    const record = this.#records++;
    this.#assembler.log(register, record * RECORD_SIZE);
    if (record === 0) this.#assembler.logNumber(this.request.id, 6);
    return record;
  }

  /** What the instruction accesses follows from the records; masks are logged here. */
  #expect(
    source: Source,
    kind: "traced" | "either",
    { record, offset }: { record: number; offset: number },
  ): void {
    const { raw, shape } = source;
    const { masked } = shape;
    const isExchange = shape.memory === "exchange";
    // The zero flag is the next record.
    const mask = masked ? this.#logMask(raw) : isExchange ? this.#records : -1;
    const flags = shape.kind === "read" ? [0] : shape.kind === "write" ? [WRITE] : [0, WRITE];
    for (const flag of flags) {
      this.#accesses.push({
        kind: masked ? "masked" : isExchange && flag === WRITE ? "exchange" : kind,
        record,
        offset,
        size: shape.size,
        flags: flag,
        ip: source.ip as TraceeAddress,
        instruction: this.#ips.length - 1,
        form: masked,
        mask,
      });
    }
  }

  /** Appends the value of an EVEX instruction's opmask register, before it runs. */
  #logMask({ bytes, prefixAt }: RawInstruction): number {
    if (this.#records === 0) this.#logName();
    const register = bytes[prefixAt + 3]! & 7; // EVEX.aaa
    this.#assembler.raw(0xc4, 0x61, 0xfb, 0x93, 0xf0 | register); // kmovq r14, k
    return this.#append(r14);
  }

  #either(source: Source): boolean {
    const { request } = this;
    const assembler = this.#assembler;
    const { area } = request;
    assembler.save(rcx, area + Slot.rcx);
    this.#emitter.address(source, displacementOf(source.raw, source.shape));
    const record = this.#append(r14);
    assembler.raw(0xc4, 0xe2, 0x8a, 0xf5, 0x0c, 0x25); // pext rcx, r14, [place]
    assembler.int32(area + Slot.pageMask);
    assembler.loadNumber(r14, BigInt(request.pageTable));
    assembler.raw(0x41, 0x0f, 0xb6, 0x0c, 0x0e); // movzx ecx, byte [r14+rcx]
    this.#expect(source, "either", { record, offset: 0 }); // r14 is free from here on
    const toNative = assembler.short(0xe3); // jrcxz
    assembler.load(rcx, area + Slot.rcx);
    if (!this.#copy(source, true, "either")) return false;
    const done = assembler.short(0xeb); // jmp
    assembler.land(toNative);
    assembler.load(rcx, area + Slot.rcx);
    if (!this.#copy(source, false, "either")) return false;
    assembler.land(done);
    this.#logOutcome(source);
    return true;
  }

  /** Appends the zero flag behind an instruction that has written only if that is set. */
  #logOutcome({ shape }: Source): void {
    if (shape.memory !== "exchange") return;
    this.#assembler.raw(0x41, 0x0f, 0x94, 0xc6); // sete r14b
    this.#append(r14);
  }

  #run(source: Source): boolean {
    if (this.request.pageTable === 0) return false;
    this.#movable = true;
    const first = this.#records;
    const { offset, operands } = emitRun(source, this.#assembler, this.request, (register) =>
      this.#append(register),
    );
    this.#faultAt({ offset, swapped: false }, "either", true);
    for (const { record, end, write, size } of operands) {
      this.#accesses.push({
        kind: "run",
        record: first + record,
        offset: first + end,
        size,
        flags: write ? WRITE : 0,
        ip: source.ip as TraceeAddress,
        instruction: this.#ips.length - 1,
        form: null,
        mask: -1,
      });
    }
    return true;
  }

  #forgetWritten({ raw, shape }: Source): void {
    if (this.#bases.length === 0) return;
    const written = isRun(raw) ? RUN_WRITES : writtenBy(raw, shape);
    if (written === 0) return;
    this.#bases = this.#bases.filter(
      ({ base, index }) =>
        !((base >= 0 && written & (1 << base)) || (index >= 0 && written & (1 << index))),
    );
  }

  /** The last instruction. False where it has to be left to the program itself. */
  #branch(source: Source): boolean {
    const { raw, shape, length } = source;
    this.#movable = false;
    const next = (source.ip + length) as TraceeAddress;
    const to = () => (next + branchDisplacement(source)) as TraceeAddress;
    switch (shape.flow) {
      case "jump":
        this.#advance();
        this.#exit(to());
        return true;
      case "branch":
        this.#advance();
        this.#conditional(raw, to());
        this.#exit(next);
        return true;
      case "call":
        this.#advance();
        this.#pushReturn(next, r14);
        this.#exit(to());
        this.#targets.push(next);
        return true;
      case "return":
        this.#advance();
        this.#faultAt({ offset: this.#assembler.length, swapped: false });
        this.#assembler.raw(0x41, 0x5e); // pop r14
        if (shape.immediateSize === 2) {
          const released = raw.bytes[raw.headLength]! | (raw.bytes[raw.headLength + 1]! << 8);
          this.#assembler.advance(rsp, released);
          this.#released = released;
        }
        this.#released += 8;
        this.#assembler.save(rcx, this.request.area + Slot.rcx);
        this.#dispatch();
        return true;
      default:
        return this.#indirect(source, next);
    }
  }

  #indirect(source: Source, next: TraceeAddress): boolean {
    let traced = false;
    if (hasMemoryOperand(source.raw)) {
      const site = this.#site(source);
      if (site === "refused" || site === "either") return false;
      traced = site === "traced";
      this.#movable = true;
      if (traced) this.#expect(source, "traced", this.#log(source).logged);
    }
    this.#advance();
    const load = this.#emitter.branchTarget(source, traced);
    if (!this.#faultAt(load, traced ? "traced" : "native")) return false;
    this.#movable = false;
    this.#assembler.save(rcx, this.request.area + Slot.rcx);
    if (source.shape.flow === "indirect-call") {
      this.#pushReturn(next, rcx);
      this.#targets.push(next);
      this.#released = -8;
    }
    this.#dispatch();
    return true;
  }

  #conditional(raw: RawInstruction, target: TraceeAddress): void {
    const opcode = raw.bytes[raw.opcodeAt]!;
    if (isLoop(raw)) {
      this.#assembler.raw(opcode, 2, 0xeb, 5);
      this.#exits.push({ target, patch: this.#assembler.jump(), links: true });
    } else this.#exits.push({ target, patch: this.#assembler.jumpIf(opcode & 15), links: true });
  }

  #exit(target: TraceeAddress, links = true): void {
    this.#exits.push({ target, patch: this.#assembler.jump(), links });
  }

  /** The original return address: whoever looks at the stack sees what the program would have put. */
  #pushReturn(address: TraceeAddress, register: typeof r14 | typeof rcx): void {
    const assembler = this.#assembler;
    assembler.loadNumber(register, BigInt(address));
    // In one piece: a `ret` that takes it off the stack would wait for two.
    this.#faultAt({ offset: assembler.length, swapped: false, withoutRcx: register === rcx });
    if (register === r14) assembler.raw(0x41, 0x56);
    else assembler.raw(0x51);
  }

  /** On to the code for the address in r14; rcx is in its slot. */
  #dispatch(): void {
    const { area, id } = this.request;
    this.#assembler.saveNumber(id, area + Slot.from);
    this.#assembler.raw(0x41, 0x0f, 0xb7, 0xce); // movzx ecx, r14w
    this.#assembler.raw(0xff, 0x24, 0xcd); // jmp [table + 8*rcx]
    this.#assembler.int32(area + BRANCH_TABLE);
  }

  /** The block's records are complete. */
  #advance(): void {
    const assembler = this.#assembler;
    this.#advanced = true;
    if (this.#records === 0 && this.#accesses.length > 0) this.#logName();
    if (this.#records > 0) assembler.advance(r15, this.#records * RECORD_SIZE);
    this.#advancedAt = assembler.length;
  }

  /** A first record without an address, where none of an operand is there to name the block. */
  #logName(): void {
    this.#assembler.logZero(0);
    this.#assembler.logNumber(this.request.id, 6);
    this.#records = 1;
  }

  /** The block ends before `ip`. `links`: that may be translated too. */
  #end(ip: TraceeAddress, links: boolean): void {
    this.#ips.push(ip);
    this.#starts.push(this.#assembler.length);
    this.#advance();
    this.#exit(ip, links);
  }

  #finish(): BuiltBlock {
    const assembler = this.#assembler;
    const { id, ip, at, area } = this.request;
    const exits: Exit[] = this.#exits.map(({ target, patch, links }) => {
      const stub = assembler.length;
      assembler.setInt32(patch.at, stub - (patch.at + 4));
      assembler.save(r15, area + Slot.log);
      assembler.load(r15, area + Slot.r15);
      assembler.saveNumber(links ? this.request.nextExit() : NO_EXIT, area + Slot.exit);
      assembler.load(r14, area + Slot.r14);
      assembler.jumpTo(target);
      return { target, jumpAt: at + patch.at, stub: at + stub, links };
    });
    const block: Block = {
      id,
      ip,
      at,
      size: assembler.length,
      instructions: this.#instructions,
      ips: this.#ips,
      starts: this.#starts,
      advancedAt: this.#advancedAt,
      released: this.#released,
      faultPoints: this.#faultPoints,
      template: { records: this.#records, accesses: this.#accesses },
      exits,
      targets: this.#targets,
    };
    return { block, code: assembler.bytes.slice(0, assembler.length) };
  }
}

const MOVABLE: ReadonlySet<string> = new Set(["plain", "masked", "exchange"]);

const WRITE = AccessFlag.WRITE;
/** rcx, rsi and rdi. */
const RUN_WRITES = (1 << 1) | (1 << 6) | (1 << 7);

/** The thread is taken in again behind it. */
function isSyscall({ map, bytes, opcodeAt }: RawInstruction): boolean {
  return map === 1 && bytes[opcodeAt] === 0x05;
}

/** The operand's address where no general register is in it. */
function constantAddress({ ip, raw, shape, length }: Source): number | null {
  if (!hasMemoryOperand(raw)) return null;
  const displacement = displacementOf(raw, shape);
  if (isRipRelative(raw)) return ip + length + displacement;
  const hasRegister = registerIn(raw, Field.base) >= 0 || registerIn(raw, Field.index) >= 0;
  return hasRegister ? null : displacement;
}

function branchDisplacement({ raw, shape }: Source): number {
  const at = raw.headLength;
  return shape.immediateSize === 1 ? (raw.bytes[at]! << 24) >> 24 : int32At(raw.bytes, at);
}
