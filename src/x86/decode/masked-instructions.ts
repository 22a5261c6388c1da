import { type Instruction, Mnemonic, OpKind } from "./iced-x86.js";
import type { MemoryOperand } from "./instruction.js";

/** Contiguous in memory: as many elements as mask bits are set. */
export const PACKED: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Vcompresspd,
  Mnemonic.Vcompressps,
  Mnemonic.Vexpandpd,
  Mnemonic.Vexpandps,
  Mnemonic.Vpcompressb,
  Mnemonic.Vpcompressd,
  Mnemonic.Vpcompressq,
  Mnemonic.Vpcompressw,
  Mnemonic.Vpexpandb,
  Mnemonic.Vpexpandd,
  Mnemonic.Vpexpandq,
  Mnemonic.Vpexpandw,
]);

/** The memory operand's elements, repeated over the destination, of which each has a mask bit. */
export const BROADCASTS: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Vbroadcastf32x2,
  Mnemonic.Vbroadcastf32x4,
  Mnemonic.Vbroadcastf32x8,
  Mnemonic.Vbroadcastf64x2,
  Mnemonic.Vbroadcastf64x4,
  Mnemonic.Vbroadcasti32x2,
  Mnemonic.Vbroadcasti32x4,
  Mnemonic.Vbroadcasti32x8,
  Mnemonic.Vbroadcasti64x2,
  Mnemonic.Vbroadcasti64x4,
  Mnemonic.Vbroadcastsd,
  Mnemonic.Vbroadcastss,
  Mnemonic.Vpbroadcastb,
  Mnemonic.Vpbroadcastd,
  Mnemonic.Vpbroadcastq,
  Mnemonic.Vpbroadcastw,
]);

/** AVX512-FP16: one pair of halves under one mask bit. */
export const COMPLEX_SCALARS: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Vfcmaddcsh,
  Mnemonic.Vfcmulcsh,
  Mnemonic.Vfmaddcsh,
  Mnemonic.Vfmulcsh,
]);

/**
 * Loads without fault suppression: the whole operand is read, whatever the mask. These are the
 * exception classes E4NF, E4NF.nb, E5NF and E6NF (SDM vol. 2A, 2.8); each was checked against a
 * Zen 4 processor with the operand across the end of accessible memory. The stores of class E6NF
 * (vextractf32x4 and so on) may fault for a masked-off element, but write enabled ones only.
 */
const LOADS_IN_FULL: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Valignd,
  Mnemonic.Valignq,
  Mnemonic.Vcvtne2ps2bf16,
  Mnemonic.Vdbpsadbw,
  Mnemonic.Vgf2p8affineinvqb,
  Mnemonic.Vgf2p8affineqb,
  Mnemonic.Vinsertf32x4,
  Mnemonic.Vinsertf32x8,
  Mnemonic.Vinsertf64x2,
  Mnemonic.Vinsertf64x4,
  Mnemonic.Vinserti32x4,
  Mnemonic.Vinserti32x8,
  Mnemonic.Vinserti64x2,
  Mnemonic.Vinserti64x4,
  Mnemonic.Vmovddup,
  Mnemonic.Vmovshdup,
  Mnemonic.Vmovsldup,
  Mnemonic.Vpackssdw,
  Mnemonic.Vpacksswb,
  Mnemonic.Vpackusdw,
  Mnemonic.Vpackuswb,
  Mnemonic.Vpalignr,
  Mnemonic.Vpconflictd,
  Mnemonic.Vpconflictq,
  Mnemonic.Vpermb,
  Mnemonic.Vpermd,
  Mnemonic.Vpermi2b,
  Mnemonic.Vpermi2d,
  Mnemonic.Vpermi2pd,
  Mnemonic.Vpermi2ps,
  Mnemonic.Vpermi2q,
  Mnemonic.Vpermi2w,
  Mnemonic.Vpermilpd,
  Mnemonic.Vpermilps,
  Mnemonic.Vpermpd,
  Mnemonic.Vpermps,
  Mnemonic.Vpermq,
  Mnemonic.Vpermt2b,
  Mnemonic.Vpermt2d,
  Mnemonic.Vpermt2pd,
  Mnemonic.Vpermt2ps,
  Mnemonic.Vpermt2q,
  Mnemonic.Vpermt2w,
  Mnemonic.Vpermw,
  Mnemonic.Vpmaddubsw,
  Mnemonic.Vpmaddwd,
  Mnemonic.Vpmultishiftqb,
  Mnemonic.Vpshufb,
  Mnemonic.Vpshufd,
  Mnemonic.Vpshufhw,
  Mnemonic.Vpshuflw,
  Mnemonic.Vpunpckhbw,
  Mnemonic.Vpunpckhdq,
  Mnemonic.Vpunpckhqdq,
  Mnemonic.Vpunpckhwd,
  Mnemonic.Vpunpcklbw,
  Mnemonic.Vpunpckldq,
  Mnemonic.Vpunpcklqdq,
  Mnemonic.Vpunpcklwd,
  Mnemonic.Vshuff32x4,
  Mnemonic.Vshuff64x2,
  Mnemonic.Vshufi32x4,
  Mnemonic.Vshufi64x2,
  Mnemonic.Vshufpd,
  Mnemonic.Vshufps,
  Mnemonic.Vunpckhpd,
  Mnemonic.Vunpckhps,
  Mnemonic.Vunpcklpd,
  Mnemonic.Vunpcklps,
]);

/** With an immediate count they suppress faults; with the count in 16 bytes of memory not. */
const SHIFTS: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Vpslld,
  Mnemonic.Vpsllq,
  Mnemonic.Vpsllw,
  Mnemonic.Vpsrad,
  Mnemonic.Vpsraq,
  Mnemonic.Vpsraw,
  Mnemonic.Vpsrld,
  Mnemonic.Vpsrlq,
  Mnemonic.Vpsrlw,
]);

/** Whether the memory operand is read in full although the instruction has an opmask. */
export function loadsInFull(instruction: Instruction, operand: MemoryOperand): boolean {
  const { mnemonic } = instruction;
  if (operand.kind !== "read") return false;
  return (
    LOADS_IN_FULL.has(mnemonic) || (SHIFTS.has(mnemonic) && instruction.opKind(2) === OpKind.Memory)
  );
}
