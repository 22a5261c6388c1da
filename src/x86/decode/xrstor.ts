import { componentPart, type Part, type SaveState } from "./save-state.js";
import {
  Component,
  compactedLayout,
  type Extent,
  extendedComponents,
  HEADER,
  hasComponent,
  MXCSR,
  X87,
  XCOMP_BV,
  XMM,
  XSTATE_BV,
} from "./xsave-layout.js";

/** Of the standard format's header, what must hold zero is checked up to here (SDM vol. 1, 13.8.1). */
const STANDARD_HEADER: Extent = { start: HEADER.start, end: HEADER.start + 24 };
/** MXCSR alone: MXCSR_MASK is not loaded. */
const MXCSR_REGISTER: Extent = { start: MXCSR.start, end: MXCSR.start + 4 };

/**
 * What `xrstor` reads (SDM vol. 1, 13.8): the header, then those components asked for that the
 * header says are there; the others are initialised without a look at memory.
 */
export function xrstorParts(state: SaveState): Part[] {
  const { requested, field } = state;
  const read = { kind: "read", certain: true } as const;
  const present = field(XSTATE_BV);
  const compaction = field(XCOMP_BV);
  if (present === null || compaction === null) {
    return [{ ...read, ...STANDARD_HEADER }, componentPart(null, read)];
  }
  // Bit 63 of XCOMP_BV: the area has the compacted format.
  const compacted = compaction >> 63n === 1n;
  const restored = requested & present;
  const loadsMxcsr = compacted
    ? hasComponent(restored, Component.sse)
    : hasComponent(requested, Component.sse) || hasComponent(requested, Component.avx);

  const parts: Part[] = [{ ...read, ...(compacted ? HEADER : STANDARD_HEADER) }];
  if (hasComponent(restored, Component.x87)) parts.push({ ...read, ...X87.control });
  if (loadsMxcsr) parts.push({ ...read, ...MXCSR_REGISTER });
  if (hasComponent(restored, Component.x87)) parts.push({ ...read, ...X87.registers });
  if (hasComponent(restored, Component.sse)) parts.push({ ...read, ...XMM });
  const layout = compacted ? compactedLayout(compaction) : state.standard;
  return [
    ...parts,
    ...extendedComponents(restored).map((component) => componentPart(layout(component), read)),
  ];
}
