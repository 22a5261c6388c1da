import { type MemoryPages, UnwindEnd } from "./memory.js";

// Encodings of pointers: Linux Standard Base, Core, "DWARF Exception Header Encoding".
const OMITTED = 0xff;
const FORMAT = 0x0f;
const APPLICATION = 0x70;
const PC_RELATIVE = 0x10;
const DATA_RELATIVE = 0x30;
const INDIRECT = 0x80;

/** What the values of a table are read from: its bytes, and the address of the first. */
export class CfiReader {
  at = 0;

  constructor(
    readonly bytes: Buffer,
    readonly address: number,
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.#take(1).readUInt8();
  }
  i8(): number {
    return this.#take(1).readInt8();
  }
  u16(): number {
    return this.#take(2).readUInt16LE();
  }
  i16(): number {
    return this.#take(2).readInt16LE();
  }
  u32(): number {
    return this.#take(4).readUInt32LE();
  }
  i32(): number {
    return this.#take(4).readInt32LE();
  }
  u64(): bigint {
    return this.#take(8).readBigUInt64LE();
  }

  /** LEB128 (DWARF 5, 7.6), of up to 64 bits. */
  uleb(): bigint {
    return BigInt.asUintN(64, this.#leb().value);
  }

  sleb(): bigint {
    const { value, bits } = this.#leb();
    return BigInt.asIntN(Math.min(bits, 64), value);
  }

  /** Text that ends in a NUL. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new UnwindEnd("text without an end");
    const text = this.bytes.toString("latin1", this.at, end);
    this.at = end + 1;
    return text;
  }

  /** The next `length` bytes, as a table of their own. */
  part(length: number): CfiReader {
    const address = this.address + this.at;
    return new CfiReader(this.#take(length), address);
  }

  /** A pointer; `data`: what data-relative ones count from; null for one that is left out. */
  pointer(encoding: number, memory: MemoryPages, data: number): number | null {
    if (encoding === OMITTED) return null;
    const here = this.address + this.at;
    const value = this.#value(encoding & FORMAT);
    if (value === 0n) return 0; // no pointer, whatever it would count from
    const base = { 0: 0, [PC_RELATIVE]: here, [DATA_RELATIVE]: data }[encoding & APPLICATION];
    if (base === undefined) throw new UnwindEnd("a pointer of another kind");
    const address = Number(BigInt.asUintN(64, value + BigInt(base)));
    return encoding & INDIRECT ? Number(memory.u64(address)) : address;
  }

  /** A length or a count in the format of a pointer. */
  count(encoding: number): number {
    return Number(this.#value(encoding & FORMAT));
  }

  #value(format: number): bigint {
    switch (format) {
      case 0x00:
      case 0x04:
      case 0x0c:
        return this.u64();
      case 0x01:
        return this.uleb();
      case 0x02:
        return BigInt(this.u16());
      case 0x03:
        return BigInt(this.u32());
      case 0x09:
        return this.sleb();
      case 0x0a:
        return BigInt(this.i16());
      case 0x0b:
        return BigInt(this.i32());
      default:
        throw new UnwindEnd("a value of another format");
    }
  }

  #leb(): { value: bigint; bits: number } {
    let value = 0n;
    for (let bits = 0; bits < 70; ) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(bits);
      bits += 7;
      if ((byte & 0x80) === 0) return { value, bits };
    }
    throw new UnwindEnd("a number of more than 64 bits");
  }

  #take(length: number): Buffer {
    const part = this.bytes.subarray(this.at, this.at + length);
    if (part.length < length) throw new UnwindEnd("a table that is cut short");
    this.at += length;
    return part;
  }
}
