import { readClasses } from "./class-file.js";
import type { EncodingClass } from "./encoding-class.js";
import { learnClass } from "./learn-class.js";
import {
  Encoding,
  isRipRelative,
  parseInstruction,
  type RawInstruction,
} from "./raw-instruction.js";

let known: Map<number, EncodingClass | null> | null = null;

/** The encoding class of an instruction; null where it has none that a fragment can use. */
export function classOf(raw: RawInstruction): EncodingClass | null {
  known ??= readClasses();
  const key = keyOf(raw);
  let encodingClass = known.get(key);
  if (encodingClass === undefined) {
    encodingClass = learnClass(withDistinctRegisters(raw));
    known.set(key, encodingClass);
  }
  return encodingClass;
}

/** As {@link classOf}, but never asks iced: null also for a class that is not known yet. */
export function knownClass(raw: RawInstruction): EncodingClass | null {
  known ??= readClasses();
  return known.get(keyOf(raw)) ?? null;
}

/** All that have been asked for, and those of the file. */
export function knownClasses(): ReadonlyMap<number, EncodingClass | null> {
  known ??= readClasses();
  return known;
}

/** Opcodes of the one-byte map whose `reg` field is part of the opcode (SDM vol. 2D, table A-6). */
const GROUPS = new Set([
  ...[0x80, 0x81, 0x83, 0x8f, 0xc0, 0xc1, 0xc6, 0xc7, 0xd0, 0xd1, 0xd2, 0xd3],
  ...[0xf6, 0xf7, 0xfe, 0xff, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf],
]);
/** And of the 0F map. */
const GROUPS_0F = new Set([
  ...[0x00, 0x01, 0x0d, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f],
  ...[0x71, 0x72, 0x73, 0xae, 0xb9, 0xba, 0xc7],
]);
/** And of the 0F38 map: `bls*`, the prefetching gathers, key locker. */
const GROUPS_0F38 = new Set([0xc6, 0xc7, 0xd8, 0xf3]);

/** The `reg` field of ModRM is part of the opcode. */
function isGroup({ bytes, map, opcodeAt }: RawInstruction): boolean {
  const groups = map === 0 ? GROUPS : map === 1 ? GROUPS_0F : map === 2 ? GROUPS_0F38 : null;
  return groups?.has(bytes[opcodeAt]!) ?? false;
}

/**
 * iced says that `xor eax, eax` reads nothing. Other instructions of its encoding class read their
 * registers.
 */
function withDistinctRegisters(raw: RawInstruction): RawInstruction {
  const modrm = raw.modrmAt < 0 ? 0 : raw.bytes[raw.modrmAt]!;
  if (modrm >> 6 !== 3 || ((modrm >> 3) & 7) !== (modrm & 7) || isGroup(raw)) return raw;
  const bytes = raw.bytes.slice();
  bytes[raw.modrmAt]! ^= 1;
  return parseInstruction(bytes)!;
}

/** Everything of the encoding but register numbers, displacement and immediate. */
function keyOf(raw: RawInstruction): number {
  const { bytes, encoding, map, opcodeAt, prefixAt, modrmAt } = raw;
  const opcode = bytes[opcodeAt]!;
  let variant = 0; // W, L, pp and so on
  if (encoding === Encoding.legacy) {
    if (prefixAt >= 0) variant = (bytes[prefixAt]! >> 3) & 1;
    if (map === 0 && opcode === 0x90 && prefixAt >= 0) variant |= (bytes[prefixAt]! & 1) << 1;
  } else if (encoding === Encoding.vex2) variant = bytes[prefixAt + 1]! & 7;
  else if (encoding === Encoding.vex3) variant = bytes[prefixAt + 2]! & 0x87;
  else {
    const third = bytes[prefixAt + 3]!;
    const masked = (third & 7) !== 0 ? 1 : 0;
    variant = (bytes[prefixAt + 2]! & 0x87) | ((third & 0xf0) << 4) | (masked << 12);
  }
  let operand = 0; // 0: no ModRM
  if (modrmAt >= 0) {
    const modrm = bytes[modrmAt]!;
    const isMemory = modrm >> 6 !== 3;
    operand = isMemory ? 1 : 2;
    if (isRipRelative(raw)) operand = 3; // `lea` and branches differ
    if (isGroup(raw)) {
      const whole = !isMemory && (map === 1 || (opcode >= 0xd8 && opcode <= 0xdf));
      operand |= (whole ? 0x100 | modrm : (modrm >> 3) & 7) << 2;
    }
  }
  return (
    ((((encoding * 8 + map) * 256 + opcode) * 256 + raw.prefixes) * 8192 + variant) * 2048 + operand
  );
}
