import { expect } from "chai";
import type { TraceeAddress } from "../../dist/model/index.js";
import { accessesOf, decodeInstruction, type MemoryAccess } from "../../dist/x86/decode/index.js";
import { skipHere } from "../support/skip.js";
import { everySpecimen, type Specimen, type Variant } from "./every-instruction.js";
import { CODE, HEAP, Machine, SYMBOLS } from "./machine.js";
import { hex, needsProbe, type Observation, Probe } from "./probe.js";

/** k1 of each round: nothing, all, ends, holes, and bits past the last element. */
const MASKS = [
  0n,
  0xffffffffffffffffn,
  1n,
  0x5555555555555555n,
  0xaaaaaaaaaaaaaaaan,
  0x100n,
  0x8000n,
  0x8000000000000000n,
];
/** Past the edge, in bytes: aligned operands give #GP at the first ones. */
const STEPS = [1, 16, 32, 64];
const MASKED_STEPS = [1];
const FILLS = [0, 0x80];

/** They change privilege, segments or control, or save state: the table has those that run here. */
const LEFT_OUT =
  /^(Jmp|Call|Retf|Iret|Uiret|Eret|Xsave|Xrstor|Fxsave|Fxrstor|Frstor|Fldenv|(VEX_V)?[Ll]dmxcsr|Mov_Sreg|L[fgs]s|Enqcmd|Movdir64b)/;
/** They fault although they access nothing there. */
const WIDER = /^(Clflush|Clwb)|^EVEX_Vextract[fi]\d/;

interface Round {
  readonly specimen: Specimen;
  readonly mask: bigint;
  readonly steps: readonly number[];
  readonly expected: readonly MemoryAccess[];
  readonly seen: { label: string; faults: boolean | null; observation: Observation }[];
}

for (const [title, variant] of [
  ["without a mask", { masked: false, broadcast: false }],
  ["under a mask", { masked: true, broadcast: false }],
  ["with a broadcast under a mask", { masked: true, broadcast: true }],
] as [string, Variant][]) {
  describe(`decode: the real processor, every instruction ${title}`, () => {
    let rounds: Round[] = [];

    before(function () {
      needsProbe(this);
      const probe = new Probe();
      rounds = everySpecimen(variant)
        .filter(({ atRax, name, user }) => atRax && user && !LEFT_OUT.test(name))
        .flatMap((specimen) => roundsOf(specimen, variant.masked ? MASKS : [0n]));
      for (const round of rounds) queue(probe, round);
      probe.execute();
      rounds = rounds.filter(({ seen }) => seen.every((s) => s.observation.outcome !== "ill"));
      if (rounds.length === 0) skipHere(this, "the processor has none of them");
    });

    it("accesses the first and the last byte of what the decoder says, and none beyond", () => {
      const wrong = rounds.flatMap((round) => edgeFaults(round));
      expect(wrong).to.deep.equal([]);
    });

    it("writes every byte that the decoder says, and no other", () => {
      const wrong = rounds.flatMap((round) => writeFaults(round));
      expect(wrong).to.deep.equal([]);
    });
  });
}

function roundsOf(specimen: Specimen, masks: readonly bigint[]): Round[] {
  const instruction = decodeInstruction(specimen.bytes, CODE as TraceeAddress);
  if (instruction.form.tag === "unknown") return [];
  // Gathers and scatters have a mask always.
  return (specimen.vsib ? MASKS : masks).map((mask) => {
    const machine = machineOf(mask);
    const expected = accessesOf(instruction, machine.registers(), null);
    const steps = masks === MASKS ? MASKED_STEPS : STEPS;
    return { specimen, mask, steps, expected, seen: [] };
  });
}

/** rax in the heap's middle; vector 3, the index of gathers, counts up by 72; others have sign bits. */
function machineOf(mask: bigint): Machine {
  const machine = new Machine();
  for (let n = 0; n < 16; n++) if (n !== 4) machine.gprs.set(n, BigInt(SYMBOLS.other!));
  machine.gprs.set(0, BigInt(SYMBOLS.heap!));
  machine.gprs.set(1, 0n);
  machine.opmasks.set(1, mask);
  for (let n = 0; n < 12; n++) machine.vectors.set(n, new Uint8Array(64).fill(0xc0 + n));
  machine.vectors.set(
    3,
    Uint8Array.from({ length: 64 }, (_, i) => (i % 8 === 0 ? i * 9 : 0)),
  );
  return machine;
}

function queue(probe: Probe, round: Round): void {
  const run = (rax: number, label: string, faults: boolean | null) => {
    probe.command(`g 0 ${hex(rax)}`);
    probe.run(round.specimen.bytes, (observation) =>
      round.seen.push({ label, faults, observation }),
    );
  };
  const machine = machineOf(round.mask);
  const heap = SYMBOLS.heap!;
  for (const fill of FILLS) {
    probe.set(machine, fill);
    run(heap, `fill ${fill}`, null);
  }
  const inHeap = round.expected.filter(
    ({ address }) => address >= HEAP.start && address < HEAP.end,
  );
  if (inHeap.length === 0) {
    run(HEAP.end, "nothing, above", false);
    run(HEAP.start - 64, "nothing, below", false);
    return;
  }
  const up = HEAP.end - Math.max(...inHeap.map(({ address, size }) => address + size));
  const down = HEAP.start - Math.min(...inHeap.map(({ address }) => address));
  run(heap + up, "at the end", false);
  run(heap + down, "at the start", false);
  for (const step of round.steps) {
    run(heap + up + step, "past the end", true);
    run(heap + down - step, "before the start", true);
  }
  const writes = inHeap.some(({ kind }) => kind === "write");
  if (round.expected.length < 3) run(SYMBOLS.readonly!, "read-only", writes);
}

function describeRound({ specimen, mask }: Round, what: string): string {
  return `${specimen.name} (${specimen.text}) k1=${hex(mask)}: ${what}`;
}

function edgeFaults(round: Round): string[] {
  if (WIDER.test(round.specimen.name)) return [];
  const labels = new Set(round.seen.filter((s) => s.faults !== null).map((s) => s.label));
  return [...labels].flatMap((label) => {
    // Operands that must be aligned give #GP at the first steps.
    const first = round.seen.find((s) => s.label === label && s.observation.outcome !== "gp");
    if (!first || (first.observation.outcome === "fault") === first.faults) return [];
    return [describeRound(round, `${label}: ${first.observation.outcome}`)];
  });
}

function writeFaults(round: Round): string[] {
  const inPlace = round.seen.filter((s) => s.faults === null);
  if (inPlace.some(({ observation }) => observation.outcome !== "ok")) return [];
  const changed = new Set(inPlace.flatMap(({ observation }) => [...observation.changed.keys()]));
  const bytesOf = (accesses: readonly MemoryAccess[]) =>
    new Set(
      accesses.flatMap(({ address, size }) => Array.from({ length: size }, (_, i) => address + i)),
    );
  const written = bytesOf(round.expected.filter(({ kind }) => kind === "write"));
  const read = bytesOf(round.expected.filter(({ kind }) => kind === "read"));
  const faults: string[] = [];
  if ([...changed].some((byte) => !written.has(byte))) faults.push("changed more");
  // What is read first may be written back as it was.
  if ([...written].some((byte) => !read.has(byte) && !changed.has(byte)))
    faults.push("changed less");
  return faults.map((fault) => describeRound(round, fault));
}
