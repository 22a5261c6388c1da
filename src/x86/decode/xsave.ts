import type { SaveArea } from "./form.js";
import { componentPart, type Part, type SaveState } from "./save-state.js";
import {
  BIT_VECTORS,
  Component,
  compactedLayout,
  extendedComponents,
  hasComponent,
  MXCSR,
  X87,
  XMM,
  XSTATE_BV,
} from "./xsave-layout.js";

/**
 * What `xsave` (SDM vol. 1, 13.7) writes, in ascending order: every component asked for. It also
 * reads XSTATE_BV, to keep the bits of the others.
 */
export function xsaveParts(state: SaveState): Part[] {
  return standardParts(state, state.requested, true);
}

/**
 * `xsaveopt` (13.9) leaves out components in their initial state, which XSTATE_BV tells afterwards,
 * and may leave out what has not changed since an `xrstor` from the same area: its components stay
 * uncertain. MXCSR it always writes.
 */
export function xsaveoptParts(state: SaveState): Part[] {
  return standardParts(state, inUse(state) ?? state.requested, false);
}

function standardParts(state: SaveState, components: bigint, certain: boolean): Part[] {
  const { requested } = state;
  const write = { kind: "write", certain } as const;
  const sure = { kind: "write", certain: true } as const;
  const parts: Part[] = [{ kind: "read", certain: true, ...XSTATE_BV }];
  if (hasComponent(components, Component.x87)) parts.push({ ...write, ...X87.control });
  if (hasComponent(requested, Component.sse) || hasComponent(requested, Component.avx)) {
    parts.push({ ...sure, ...MXCSR });
  }
  if (hasComponent(components, Component.x87)) parts.push({ ...write, ...X87.registers });
  if (hasComponent(components, Component.sse)) parts.push({ ...write, ...XMM });
  parts.push({ ...sure, ...XSTATE_BV });
  return [
    ...parts,
    ...extendedComponents(components).map((component) =>
      componentPart(state.standard(component), write),
    ),
  ];
}

/**
 * `xsavec` (13.10) writes in the compacted format, and no component that is in its initial state.
 * Which those were is in XSTATE_BV afterwards; without a look at it they stay uncertain.
 */
export function xsavecParts(state: SaveState): Part[] {
  const { requested } = state;
  const saved = inUse(state);
  const components = saved ?? requested;
  const write = { kind: "write", certain: saved !== null } as const;
  const parts: Part[] = [];
  if (hasComponent(components, Component.x87)) parts.push({ ...write, ...X87.control });
  if (hasComponent(components, Component.sse)) parts.push({ ...write, ...MXCSR });
  if (hasComponent(components, Component.x87)) parts.push({ ...write, ...X87.registers });
  if (hasComponent(components, Component.sse)) parts.push({ ...write, ...XMM });
  parts.push({ kind: "write", certain: true, ...BIT_VECTORS });
  const layout = compactedLayout(requested);
  return [
    ...parts,
    ...extendedComponents(components).map((component) => componentPart(layout(component), write)),
  ];
}

/** The components asked for that were not in their initial state, or null if memory cannot tell. */
function inUse({ requested, field }: SaveState): bigint | null {
  const bitmap = field(XSTATE_BV);
  return bitmap === null ? null : bitmap & requested;
}

/** What an instruction that saves writes, by its name. */
export const SAVES: Record<
  Exclude<SaveArea["operation"], "xrstor">,
  (state: SaveState) => Part[]
> = { xsave: xsaveParts, xsavec: xsavecParts, xsaveopt: xsaveoptParts };
