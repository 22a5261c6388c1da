/**
 * How the bytes that an instruction accesses follow from its operands.
 *
 * - `none`: no data access (`lea`, `nop`, prefetches, cache line flushes).
 * - `plain`: every operand in full. `cmov` is plain: it reads whether it moves or not (SDM vol. 2A,
 *   CMOVcc). So is a shift by 0: it asks for write access and counts as written. So are AVX-512
 *   loads that do not suppress faults, under whatever mask.
 * - `masked`: also comparisons into a mask register (`vpcmp`, `vcmp`), by their own mask.
 * - `cache-line`: the aligned 64 bytes around the address (`clzero`).
 * - `unknown`: not understood; the operands, where there are any, say what is known.
 */
export type Form =
  | { readonly tag: "none" }
  | { readonly tag: "plain" }
  | RepString
  | CompareExchange
  | BitOffset
  | Masked
  | Indexed
  | SaveArea
  | { readonly tag: "cache-line" }
  | { readonly tag: "unknown"; readonly reason: string };

/** A repeated string instruction: one record for each operand, of the whole run. */
export interface RepString {
  readonly tag: "rep-string";
  /** `cmps` and `scas` also end on a flag, so their length is known only afterwards. */
  readonly endsOnFlag: boolean;
  /** Of rcx, rsi and rdi. */
  readonly addressBits: 32 | 64;
}

/** The write happens when `condition` holds in the flags afterwards. */
export interface CompareExchange {
  readonly tag: "compare-exchange";
  readonly condition: Condition;
}

/** A condition code in encoding order: o, no, b, ae, e, ne, be, a, s, ns, p, np, l, ge, le, g. */
export type Condition = number;

/** `bt`, `bts`, `btr`, `btc` with the bit's number in a register: it reaches past the operand. */
export interface BitOffset {
  readonly tag: "bit-offset";
  /** General register number. */
  readonly register: number;
}

/**
 * One operand of which a mask selects elements. Where the mask has more bits than the operand has
 * elements (broadcasts), element i is accessed if any bit i, i+n, i+2n, ... of the mask is set.
 * `packed` (compress and expand): as many elements as mask bits are set, without gaps.
 */
export interface Masked {
  readonly tag: "masked";
  readonly packed: boolean;
  readonly mask: Mask;
}

/** Gathers and scatters: one access for each element whose mask bit is set. */
export interface Indexed {
  readonly tag: "indexed";
  readonly mask: Mask;
  /** Vector register of the indices. */
  readonly index: number;
  readonly indexBytes: 4 | 8;
}

/** Where the mask bits come from, and how many count. */
export interface Mask {
  /** k1 to k7, or the sign bit of each element of a vector or MMX register. */
  readonly source: "opmask" | "vector-signs" | "mmx-signs";
  readonly register: number;
  readonly count: number;
  /** In bytes: of the mask's elements, which are as wide as the memory's. */
  readonly elementBytes: number;
}

/** An XSAVE area, by component. */
export interface SaveArea {
  readonly tag: "save-area";
  readonly operation: "xsave" | "xsavec" | "xsaveopt" | "xrstor";
}
