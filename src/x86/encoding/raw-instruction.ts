/**
 * Where the parts of an instruction lie in its bytes (SDM vol. 2A, 2.1 to 2.7). What the parts mean is
 * iced's to say: see `encoding-class.ts`. This is here because iced gives no place of ModRM and of register
 * fields, and because asking it takes 20 times as long.
 */

/** How the opcode is given. */
export const Encoding = { legacy: 0, vex2: 1, vex3: 2, evex: 3 } as const;

/**
 * Made in few places, with all properties in this order: V8 then keeps one hidden class for them, and
 * what is done with thousands of them stays fast.
 */
export interface RawInstruction {
  readonly bytes: Uint8Array;
  /** Of {@link Encoding}. */
  readonly encoding: number;
  /** Opcode map: 0 (one byte), 1 (0F), 2 (0F38), 3 (0F3A); EVEX has 5 and 6 too. */
  readonly map: number;
  /** Offset of the opcode byte. */
  readonly opcodeAt: number;
  /** Offset of REX, or of the first byte of VEX or EVEX; -1 where there is none. */
  readonly prefixAt: number;
  /** Legacy prefixes, by {@link LegacyPrefix} bit. */
  readonly prefixes: number;
  /** Offset of ModRM; -1 where there is none. SIB, if any, is behind it. */
  readonly modrmAt: number;
  readonly hasSib: boolean;
  /** -1 where there is none. */
  readonly displacementAt: number;
  /** In bytes: 0, 1 or 4. */
  readonly displacementSize: number;
  /** Up to and with the displacement: the immediate begins here. */
  readonly headLength: number;
}

export const LegacyPrefix = {
  operandSize: 1,
  addressSize: 2,
  repne: 4,
  rep: 8,
  lock: 16,
  fs: 32,
  gs: 64,
  /** cs, ds, es and ss: no meaning in 64-bit mode, but for branch hints and `notrack`. */
  otherSegment: 128,
} as const;

const PREFIX_BIT = new Uint8Array(256);
PREFIX_BIT[0x66] = LegacyPrefix.operandSize;
PREFIX_BIT[0x67] = LegacyPrefix.addressSize;
PREFIX_BIT[0xf2] = LegacyPrefix.repne;
PREFIX_BIT[0xf3] = LegacyPrefix.rep;
PREFIX_BIT[0xf0] = LegacyPrefix.lock;
PREFIX_BIT[0x64] = LegacyPrefix.fs;
PREFIX_BIT[0x65] = LegacyPrefix.gs;
for (const segment of [0x2e, 0x36, 0x3e, 0x26]) PREFIX_BIT[segment] = LegacyPrefix.otherSegment;

/** Opcodes of the one-byte map with a ModRM byte (SDM vol. 2D, table A-2). */
const ONE_BYTE_MODRM = bitmap([
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38].flatMap((row) => range(row, row + 3)),
  ...[0x63, 0x69, 0x6b],
  ...range(0x80, 0x8f),
  ...[0xc0, 0xc1, 0xc6, 0xc7],
  ...range(0xd0, 0xd3),
  ...range(0xd8, 0xdf),
  ...[0xf6, 0xf7, 0xfe, 0xff],
]);

/** Opcodes of the 0F map without one (table A-3). */
const TWO_BYTE_PLAIN = bitmap([
  ...range(0x04, 0x0c),
  0x0e,
  ...range(0x30, 0x37),
  0x77,
  ...range(0x80, 0x8f),
  ...[0xa0, 0xa1, 0xa2, 0xa8, 0xa9, 0xaa],
  ...range(0xc8, 0xcf),
]);

/** Null for what has no such parts: too short, XOP, prefixes out of order. */
export function parseInstruction(bytes: Uint8Array): RawInstruction | null {
  let at = 0;
  let prefixes = 0;
  for (let bit = PREFIX_BIT[bytes[at]!]!; bit !== 0; bit = PREFIX_BIT[bytes[at]!]!) {
    prefixes |= bit;
    if (++at >= bytes.length) return null;
  }
  // Which of the two counts goes by their order.
  if (prefixes & LegacyPrefix.rep && prefixes & LegacyPrefix.repne) return null;
  let prefixAt = -1;
  if ((bytes[at]! & 0xf0) === 0x40) prefixAt = at++;
  const first = bytes[at]!;
  // REX counts only right in front of the opcode (SDM vol. 2A, 2.2.1).
  if (PREFIX_BIT[first] !== 0 || (first & 0xf0) === 0x40) return null;
  if (first === 0x62 || first === 0xc4 || first === 0xc5) {
    return prefixAt >= 0 ? null : parseVector(bytes, at, prefixes);
  }
  let map = 0;
  if (first === 0x0f) {
    map = 1;
    at++;
    if (bytes[at] === 0x38 || bytes[at] === 0x3a) map = bytes[at++] === 0x38 ? 2 : 3;
  }
  const opcode = bytes[at];
  if (opcode === undefined) return null;
  const hasModrm =
    map === 0 ? ONE_BYTE_MODRM[opcode]! : map === 1 ? 1 - TWO_BYTE_PLAIN[opcode]! : 1;
  // XOP takes the place of `pop` with a reg field other than 0 (AMD64 manual vol. 3, 1.2.5).
  if (map === 0 && opcode === 0x8f && (bytes[at + 1]! & 0x38) !== 0) return null;
  return withModrm(bytes, Encoding.legacy, map, at, prefixAt, hasModrm === 1, prefixes);
}

function parseVector(bytes: Uint8Array, at: number, prefixes: number): RawInstruction | null {
  const refused = LegacyPrefix.operandSize | LegacyPrefix.repne | LegacyPrefix.rep;
  if (prefixes & (refused | LegacyPrefix.lock)) return null;
  switch (bytes[at]) {
    case 0xc5:
      return withModrm(bytes, Encoding.vex2, 1, at + 2, at, bytes[at + 2] !== 0x77, prefixes);
    case 0xc4: {
      const map = bytes[at + 1]! & 0x1f;
      const hasModrm = !(map === 1 && bytes[at + 3] === 0x77);
      return withModrm(bytes, Encoding.vex3, map, at + 3, at, hasModrm, prefixes);
    }
    default:
      return withModrm(bytes, Encoding.evex, bytes[at + 1]! & 7, at + 4, at, true, prefixes);
  }
}

function withModrm(
  bytes: Uint8Array,
  encoding: number,
  map: number,
  opcodeAt: number,
  prefixAt: number,
  hasModrm: boolean,
  prefixes: number,
): RawInstruction | null {
  let end = opcodeAt + 1;
  let modrmAt = -1;
  let hasSib = false;
  let displacementSize = 0;
  if (hasModrm) {
    modrmAt = end++;
    if (modrmAt >= bytes.length) return null;
    const modrm = bytes[modrmAt]!;
    const mod = modrm >> 6;
    const rm = modrm & 7;
    hasSib = mod !== 3 && rm === 4;
    displacementSize = mod === 1 ? 1 : mod === 2 ? 4 : 0;
    if (mod === 0 && rm === 5) displacementSize = 4;
    if (hasSib) {
      if (mod === 0 && (bytes[end]! & 7) === 5) displacementSize = 4;
      end++;
    }
  }
  const displacementAt = displacementSize === 0 ? -1 : end;
  end += displacementSize;
  if (end > bytes.length) return null;
  return {
    bytes,
    encoding,
    map,
    opcodeAt,
    prefixAt,
    prefixes,
    modrmAt,
    hasSib,
    displacementAt,
    displacementSize,
    headLength: end,
  };
}

/** `mod` is not 3: the ModRM operand is memory. */
export function hasMemoryOperand(raw: RawInstruction): boolean {
  return raw.modrmAt >= 0 && raw.bytes[raw.modrmAt]! >> 6 !== 3;
}

/** `[rip + displacement]`. */
export function isRipRelative({ bytes, modrmAt }: RawInstruction): boolean {
  return modrmAt >= 0 && (bytes[modrmAt]! & 0xc7) === 0x05;
}

/** The displacement as it is encoded: EVEX scales one of a byte. */
export function rawDisplacement({
  bytes,
  displacementAt,
  displacementSize,
}: RawInstruction): number {
  if (displacementSize === 0) return 0;
  if (displacementSize === 1) return (bytes[displacementAt]! << 24) >> 24;
  return int32At(bytes, displacementAt);
}

export function int32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function bitmap(members: readonly number[]): Uint8Array {
  const map = new Uint8Array(256);
  for (const member of members) map[member] = 1;
  return map;
}
