import type { CType, RecordField } from "../../model/index.js";

/** A member as it is declared. Alignments and sizes in bytes. */
export interface Member {
  /** Null: a bit-field without a name. Empty: an anonymous struct or union. */
  readonly name: string | null;
  readonly type: CType;
  readonly size: number;
  /** Of its type. */
  readonly typeAlign: number;
  /** What an attribute of its own says. */
  readonly ownAlign: number | null;
  readonly packed: boolean;
  /** In bits, of a bit-field. */
  readonly width: number | null;
}

/** What holds for all members. */
export interface RecordRules {
  readonly union: boolean;
  readonly packed: boolean;
  /** In bytes, of an attribute. */
  readonly align: number | null;
  /** In bytes, of `#pragma pack`. */
  readonly pack: number | null;
}

export interface RecordLayout {
  readonly fields: readonly RecordField[];
  readonly size: number;
  readonly align: number;
}

const BYTE = 8;

/** Bit-fields of these widths are whole integers to GCC. */
const MODES: ReadonlySet<number> = new Set([8, 16, 32, 64]);

/** `BIGGEST_ALIGNMENT` of x86-64, in bits. */
const BIGGEST = 128;

/**
 * Where GCC puts members on x86-64: `place_field`, `layout_decl` and `update_alignment_for_field` of
 * its stor-layout.c, with `PCC_BITFIELD_TYPE_MATTERS`. All within is in bits.
 */
export function layOut(members: readonly Member[], rules: RecordRules): RecordLayout {
  const fields: RecordField[] = [];
  let recordAlign = Math.max(BYTE, (rules.align ?? 0) * BYTE);
  let at = 0;
  let end = 0;
  for (const member of members) {
    const known = lowestBit(rules.union ? 0 : at);
    const packed = isPacked(member, rules);
    const align = alignOf(member, rules, packed, known);
    recordAlign = Math.max(recordAlign, recordAlignOf(member, rules, packed, align));
    if ((known || Math.max(BIGGEST, recordAlign)) < align) at = roundUp(at, align);
    const maySpan = packed || rules.pack !== null || isWhole(member, packed, known);
    if (member.width && !maySpan && spans(member, at)) {
      at = roundUp(at, member.typeAlign * BYTE);
    }
    const field = fieldOf(member, rules.union ? 0 : at);
    if (field) fields.push(field);
    at += member.width ?? member.size * BYTE;
    end = Math.max(end, at);
    if (rules.union) at = 0;
  }
  return { fields, size: roundUp(end, recordAlign) / BYTE, align: recordAlign / BYTE };
}

function fieldOf({ name, type, width }: Member, at: number): RecordField | null {
  if (name === null && !width) return null;
  const bits = width === null ? null : { offset: at, width };
  return { name: name ?? "", type, offset: Math.floor(at / BYTE), bits };
}

function isPacked(member: Member, rules: RecordRules): boolean {
  if (member.width === 0) return false;
  return (rules.packed || member.packed) && (member.width !== null || member.typeAlign > 1);
}

/** `known`: what the place is aligned to already, 0 at the start. */
function alignOf(member: Member, rules: RecordRules, packed: boolean, known: number): number {
  const own = (member.ownAlign ?? 0) * BYTE;
  const ofType = member.typeAlign * BYTE;
  // What follows a bit-field of no width is aligned whatever is packed.
  if (member.width === 0) return Math.max(own, ofType);
  let align = own || 1;
  if (member.width !== null) {
    if (isWhole(member, packed, known)) align = Math.max(align, member.width);
  } else if (!packed || !own) align = Math.max(align, ofType);
  if (packed && !own) align = Math.min(align, BYTE);
  return rules.pack === null ? align : Math.min(align, rules.pack * BYTE);
}

function recordAlignOf(member: Member, rules: RecordRules, packed: boolean, align: number): number {
  if (member.width === null) return align;
  if (member.name === null) return 0;
  const ofType = member.typeAlign * BYTE;
  if (rules.pack !== null) return Math.max(align, Math.min(ofType, rules.pack * BYTE));
  return Math.max(align, packed ? Math.min(ofType, BYTE) : ofType);
}

/** Whether a bit-field is an integer of its own to GCC. */
function isWhole({ width }: Member, packed: boolean, known: number): boolean {
  if (width === null || !MODES.has(width) || (width > BYTE && packed)) return false;
  return known === 0 || known >= width;
}

/** A bit-field may not span more units of its type's alignment than the type does. */
function spans({ width, size, typeAlign }: Member, at: number): boolean {
  const unit = typeAlign * BYTE;
  return Math.ceil(((at % unit) + width!) / unit) > (size * BYTE) / unit;
}

function roundUp(at: number, align: number): number {
  return Math.ceil(at / align) * align;
}

/** The greatest power of two that divides `at`; 0 for 0. */
function lowestBit(at: number): number {
  if (at === 0) return 0;
  let bit = 1;
  while (bit < BIGGEST * BIGGEST && at % (bit * 2) === 0) bit *= 2;
  return bit;
}
