import { bytesOf, type Span, spansText, within } from "./access.js";
import type { CaseRun } from "./driver.js";

/** Of the two runs. */
type Names = readonly [oracle: string, traced: string];

const NAMES: Names = ["lackey", "ffiscope"];

const KINDS = ["read", "write"] as const;

/**
 * How two runs of the same code differ. They must not: in what was returned and left in the buffers,
 * in the set of bytes that were read and in that of those that were written, and in the accesses:
 * their order, kind, address, size and instruction.
 */
export function differences(oracle: CaseRun, traced: CaseRun, names: Names = NAMES): string[] {
  return [
    ...outcome(oracle, traced, names),
    ...bytes(oracle, traced, (spans) => spans, names),
    ...order(oracle, traced, names),
  ];
}

/** How the sets of bytes differ that were read and written. */
export function differencesInBytes(oracle: CaseRun, traced: CaseRun): string[] {
  return bytes(oracle, traced, (spans) => spans);
}

/**
 * How runs of different implementations of one function differ: in what was returned and left in the
 * buffers, and in the set of bytes in them that were read and written.
 */
export function differencesInBuffers(oracle: CaseRun, traced: CaseRun): string[] {
  const inBuffers = (spans: readonly Span[]) => within(spans, oracle.buffers);
  return [...outcome(oracle, traced), ...bytes(oracle, traced, inBuffers)];
}

function outcome(oracle: CaseRun, traced: CaseRun, names: Names = NAMES): string[] {
  return (["result", "hash"] as const)
    .filter((what) => oracle[what] !== traced[what])
    .map((what) => `${what}: ${names[0]} ${oracle[what]}, ${names[1]} ${traced[what]}`);
}

function bytes(
  oracle: CaseRun,
  traced: CaseRun,
  part: (spans: readonly Span[]) => readonly Span[],
  names: Names = NAMES,
): string[] {
  return KINDS.flatMap((kind) => {
    const [expected, actual] = [oracle, traced].map(({ accesses }) =>
      spansText(part(bytesOf(kind, accesses))),
    );
    return expected === actual ? [] : [`${kind}: ${names[0]} ${expected}, ${names[1]} ${actual}`];
  });
}

/** The first difference says enough. */
function order(oracle: CaseRun, traced: CaseRun, names: Names): string[] {
  const expected = texts(oracle);
  const actual = texts(traced);
  const length = Math.max(expected.length, actual.length);
  for (let at = 0; at < length; at++) {
    if (expected[at] !== actual[at])
      return [
        `access ${at}: ${names[0]} ${expected[at] ?? "none"}, ${names[1]} ${actual[at] ?? "none"}`,
      ];
  }
  return [];
}

function texts({ accesses, codeOf }: CaseRun): string[] {
  return accesses.map(
    ({ kind, address, size, ip }) => `${kind} 0x${address.toString(16)} ${size} by ${codeOf(ip)}`,
  );
}
