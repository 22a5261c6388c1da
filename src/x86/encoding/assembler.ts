/** Numbers of the registers that fragments use, in encoding order. */
export const Gpr64 = { rax: 0, rcx: 1, rdx: 2, rsp: 4, rsi: 6, rdi: 7, r14: 14, r15: 15 } as const;

/** A place in the code that is filled in once its target is known. */
export interface Patch {
  /** Offset of the 32-bit displacement; it counts from its own end. */
  readonly at: number;
}

/**
 * Writes machine code into a buffer. It has only instructions that change no flags, because a
 * fragment may stand between any two instructions of the program.
 */
export class Assembler {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  length = 0;

  /** `capacity` in bytes. */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  reset(): this {
    this.length = 0;
    return this;
  }

  raw(...bytes: number[]): void {
    for (const byte of bytes) this.bytes[this.length++] = byte;
  }

  copy(bytes: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) this.bytes[this.length + i] = bytes[i]!;
    this.length += length;
  }

  int16(value: number): void {
    this.#view.setUint16(this.length, value, true);
    this.length += 2;
  }

  int32(value: number): void {
    this.#view.setInt32(this.length, value, true);
    this.length += 4;
  }

  int64(value: bigint): void {
    this.#view.setBigUint64(this.length, BigInt.asUintN(64, value), true);
    this.length += 8;
  }

  /** An address in user space. */
  address(value: number): void {
    this.#view.setUint32(this.length, value % 2 ** 32, true);
    this.#view.setUint32(this.length + 4, Math.floor(value / 2 ** 32), true);
    this.length += 8;
  }

  setInt32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  /** `mov [place], register`; `place` lies below 2 GiB. */
  save(register: number, place: number): void {
    this.raw(0x48 | ((register >> 3) << 2), 0x89, 0x04 | ((register & 7) << 3), 0x25);
    this.int32(place);
  }

  /** `mov register, [place]` */
  load(register: number, place: number): void {
    this.raw(0x48 | ((register >> 3) << 2), 0x8b, 0x04 | ((register & 7) << 3), 0x25);
    this.int32(place);
  }

  /** `mov dword [place], value` */
  saveNumber(value: number, place: number): void {
    this.raw(0xc7, 0x04, 0x25);
    this.int32(place);
    this.int32(value);
  }

  /** `mov register, value` */
  loadNumber(register: number, value: bigint): void {
    this.raw(0x48 | (register >> 3), 0xb8 | (register & 7));
    this.int64(value);
  }

  /** `mov to, from` */
  move(to: number, from: number): void {
    this.raw(0x48 | ((from >> 3) << 2) | (to >> 3), 0x89, 0xc0 | ((from & 7) << 3) | (to & 7));
  }

  /** `mov [r15 + offset], register` */
  log(register: number, offset: number): void {
    this.raw(0x49 | ((register >> 3) << 2), 0x89);
    this.#atR15((register & 7) << 3, offset);
  }

  /** `mov qword [r15 + offset], 0` */
  logZero(offset: number): void {
    this.raw(0x49, 0xc7);
    this.#atR15(0, offset);
    this.int32(0);
  }

  /** `mov word [r15 + offset], value` */
  logNumber(value: number, offset: number): void {
    this.raw(0x66, 0x41, 0xc7);
    this.#atR15(0, offset);
    this.int16(value);
  }

  /** `lea register, [register + amount]` */
  advance(register: number, amount: number): void {
    const rex = 0x48 | ((register >> 3) * 5);
    const low = register & 7;
    const isByte = amount >= -128 && amount < 128;
    this.raw(rex, 0x8d, (isByte ? 0x40 : 0x80) | (low << 3) | low);
    if (low === Gpr64.rsp) this.raw(0x24);
    if (isByte) this.raw(amount & 0xff);
    else this.int32(amount);
  }

  /** `lea to, [base + index*scale + displacement]`; `base` or `index` may be -1. */
  leaSum(to: number, base: number, index: number, scale: number, displacement: number): void {
    const rex =
      0x48 | ((to >> 3) << 2) | ((index > 0 ? index >> 3 : 0) << 1) | (base > 0 ? base >> 3 : 0);
    const indexBits = ((index < 0 ? 4 : index & 7) << 3) | (Math.log2(scale) << 6);
    const field = (to & 7) << 3;
    this.raw(rex, 0x8d);
    if (base < 0) {
      this.raw(field | 4, indexBits | 5);
      this.int32(displacement);
      return;
    }
    const isByte = displacement >= -128 && displacement < 128;
    this.raw((isByte ? 0x40 : 0x80) | field | 4, indexBits | (base & 7));
    if (isByte) this.raw(displacement & 0xff);
    else this.int32(displacement);
  }

  /** `jmp` to a place that is not known yet. */
  jump(): Patch {
    this.raw(0xe9);
    return this.#open();
  }

  /** `jcc`, with a condition in encoding order. */
  jumpIf(condition: number): Patch {
    this.raw(0x0f, 0x80 | condition);
    return this.#open();
  }

  /** `jmp [rip + 0]` and the address behind it. */
  jumpTo(address: number): void {
    this.raw(0xff, 0x25, 0, 0, 0, 0);
    this.address(address);
  }

  /** `jmp [place]` */
  jumpThrough(place: number): void {
    this.raw(0xff, 0x24, 0x25);
    this.int32(place);
  }

  /** A short forward jump (`opcode` with an 8-bit displacement); returns what {@link land} takes. */
  short(opcode: number): number {
    this.raw(opcode, 0);
    return this.length;
  }

  land(from: number): void {
    this.bytes[from - 1] = this.length - from;
  }

  #open(): Patch {
    this.int32(0);
    return { at: this.length - 4 };
  }

  #atR15(field: number, offset: number): void {
    if (offset === 0) this.raw(field | 7);
    else if (offset < 128) this.raw(0x40 | field | 7, offset);
    else {
      this.raw(0x80 | field | 7);
      this.int32(offset);
    }
  }
}
