/**
 * Where state components lie in an XSAVE area (SDM vol. 1, 13.4 and 13.5). Components 0 and 1 (x87
 * and SSE) lie in the legacy region and are not listed here.
 */

/** In bytes, from the area's start. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export const Component = { x87: 0, sse: 1, avx: 2 } as const;

/** The header: XSTATE_BV, XCOMP_BV and 48 reserved bytes. */
export const HEADER: Extent = { start: 512, end: 576 };
export const XSTATE_BV: Extent = { start: 512, end: 520 };
export const XCOMP_BV: Extent = { start: 520, end: 528 };
/** XSTATE_BV and XCOMP_BV. */
export const BIT_VECTORS: Extent = { start: 512, end: 528 };

/** Control words and pointers, then the eight 16-byte slots of the x87 registers. */
export const X87 = {
  control: { start: 0, end: 24 },
  registers: { start: 32, end: 160 },
} as const satisfies Record<string, Extent>;
/** MXCSR and MXCSR_MASK: belongs to SSE and to AVX. */
export const MXCSR: Extent = { start: 24, end: 32 };
/** xmm0 to xmm15. The rest of the legacy region, 416 to 511, is never written. */
export const XMM: Extent = { start: 160, end: 416 };

/** The extended components, in bytes. CPUID leaf 0xD has the same numbers on every processor. */
const SIZES: ReadonlyMap<number, number> = new Map([
  [2, 256], // AVX: the upper halves of ymm0 to ymm15
  [3, 64], // BNDREGS
  [4, 64], // BNDCSR
  [5, 64], // opmask
  [6, 512], // ZMM_Hi256
  [7, 1024], // Hi16_ZMM
  [9, 8], // PKRU
  [17, 64], // TILECFG
  [18, 8192], // TILEDATA
  [19, 128], // APX: r16 to r31
]);

/** Aligned to 64 bytes in the compacted format. */
const ALIGNED: ReadonlySet<number> = new Set([17, 18]);

/** AMD has no MPX, and no gap for it. */
const INTEL: ReadonlyMap<number, number> = new Map([
  [2, 576],
  [3, 960],
  [4, 1024],
  [5, 1088],
  [6, 1152],
  [7, 1664],
  [9, 2688],
  [17, 2752],
  [18, 2816],
  [19, 960],
]);
const AMD: ReadonlyMap<number, number> = new Map([
  [2, 576],
  [5, 832],
  [6, 896],
  [7, 1408],
  [9, 2432],
]);

/** Where each extended component lies; null where that is not known. */
export type XsaveLayout = (component: number) => Extent | null;

/**
 * The standard format where CPUID leaf 0xD cannot be asked: guessed from the size of a thread's
 * NT_X86_XSTATE register set, as gdb does (i387_guess_xsave_layout).
 */
export function standardLayout(xstateSize: number): XsaveLayout {
  const offsets = xstateSize === 2432 || xstateSize === 2440 ? AMD : INTEL;
  return (component) => extentAt(component, offsets.get(component));
}

/** The compacted format for the components in `bitmap`, one after the other (SDM vol. 1, 13.4.3). */
export function compactedLayout(bitmap: bigint): XsaveLayout {
  const offsets = new Map<number, number>();
  let next: number | undefined = HEADER.end;
  for (const component of extendedComponents(bitmap)) {
    if (next !== undefined && ALIGNED.has(component)) next = Math.ceil(next / 64) * 64;
    if (next !== undefined) offsets.set(component, next);
    // Past a component of unknown size nothing is known.
    const size = SIZES.get(component);
    next = next === undefined || size === undefined ? undefined : next + size;
  }
  return (component) => extentAt(component, offsets.get(component));
}

/** The components past the legacy region. Bit 63 is no component: it marks the compacted format. */
export function extendedComponents(bitmap: bigint): number[] {
  return Array.from({ length: 63 }, (_, i) => i).filter(
    (component) => component >= Component.avx && hasComponent(bitmap, component),
  );
}

export function hasComponent(bitmap: bigint, component: number): boolean {
  return ((bitmap >> BigInt(component)) & 1n) === 1n;
}

function extentAt(component: number, start: number | undefined): Extent | null {
  const size = SIZES.get(component);
  return start === undefined || size === undefined ? null : { start, end: start + size };
}
