import { expect } from "chai";
import { skipHere } from "../support/skip.js";
import { needsAssembler } from "./assemble.js";
import { type ExpectedAccess, expectedAccesses, type InstructionCase, setUp } from "./case-file.js";
import { HEAP, Machine, SYMBOLS } from "./machine.js";
import { needsProbe, type Observation, Probe } from "./probe.js";
import { assembleAll, eachSection, titleOf } from "./table.js";

/** A case, run with its heap moved by `shift` bytes. */
interface Trial {
  readonly shift: number;
  readonly faults: boolean;
}

interface Runs {
  /** In place, with two fills of memory: a byte that is written differs from one of them. */
  readonly plain: Observation[];
  readonly trials: [Trial, Observation][];
}

/** Some operands must be aligned: the smallest step that gives no #GP counts. In bytes. */
const STEPS = [1, 2, 4, 8, 16, 32, 64];
const FILLS = [0, 0x80];
const COMPLETED = /^(ok|sig8)$/;

describe("decode: the real processor does what the table says", () => {
  const runs = new Map<InstructionCase, Runs>();

  before(function () {
    needsAssembler(this);
    needsProbe(this);
    const probe = new Probe();
    for (const [c, bytes] of assembleAll()) {
      if (!c.notes.has("no-run")) runs.set(c, queue(probe, c, bytes));
    }
    probe.execute();
  });

  eachSection((section, cases) => {
    describe(section, () => {
      for (const c of cases.filter((each) => !each.notes.has("no-run"))) {
        it(titleOf(c), function () {
          const { plain, trials } = runs.get(c)!;
          if (plain[0]!.outcome === "ill") skipHere(this, "the processor does not have it");
          checkCompletion(c, plain);
          checkWrites(c, plain);
          if (!c.notes.has("wider")) checkEdges(trials);
        });
      }
    });
  });
});

function queue(probe: Probe, c: InstructionCase, code: Uint8Array): Runs {
  const runs: Runs = { plain: [], trials: [] };
  for (const fill of FILLS) {
    probe.set(setUp(new Machine(), c.before), fill);
    probe.run(code, (observation) => runs.plain.push(observation));
  }
  for (const trial of trialsOf(expectedAccesses(c.expected))) {
    probe.set(setUp(new Machine(), c.before, trial.shift));
    probe.run(code, (observation) => runs.trials.push([trial, observation]));
  }
  return runs;
}

/** Against both ends of the heap, and past them. */
function trialsOf(accesses: readonly ExpectedAccess[]): Trial[] {
  const inHeap = accesses.filter(({ address }) => address >= HEAP.start && address < HEAP.end);
  if (inHeap.length === 0) return [];
  const first = Math.min(...inHeap.map(({ address }) => address));
  const end = Math.max(...inHeap.map(({ address, size }) => address + size));
  const up = HEAP.end - end;
  const down = HEAP.start - first;
  return [
    { shift: up, faults: false },
    { shift: down, faults: false },
    ...STEPS.map((step) => ({ shift: up + step, faults: true })),
    ...STEPS.map((step) => ({ shift: down - step, faults: true })),
  ];
}

function checkCompletion(c: InstructionCase, plain: readonly Observation[]): void {
  for (const observation of plain) expect(observation.outcome).to.match(COMPLETED);
  if (c.after === "" || c.after === "none") return;
  const wanted = setUp(new Machine(), c.after);
  // Where ecx is 0, `addr32 rep` clears the upper half of rcx on Intel's processors, not on AMD's.
  const counted = c.assembly.startsWith("addr32") ? 32 : 64;
  const claimed = c.after.split(" ").map((setting) => setting.split("=")[0]);
  for (const { gprs, rflags } of plain) {
    for (const [n, value] of wanted.gprs) {
      if (n === 4) continue;
      const [is, should] = [gprs[n]!, value].map((whole) => BigInt.asUintN(counted, whole));
      expect(is, `register ${n}`).to.equal(should);
    }
    // ZF and DF are what the table's accesses depend on.
    if (claimed.includes("flags")) expect(rflags & 0x440n).to.equal(wanted.flags & 0x440n);
  }
}

/** Every byte that changed was written, and every byte written without being read changed. */
function checkWrites(c: InstructionCase, plain: readonly Observation[]): void {
  const accesses = expectedAccesses(c.expected);
  const bytes = (kind: string) =>
    new Set(
      accesses
        .filter((access) => access.kind === kind)
        .flatMap(({ address, size }) => Array.from({ length: size }, (_, i) => address + i)),
    );
  const [written, read] = [bytes("write"), bytes("read")];
  const changed = new Set(plain.flatMap((observation) => [...observation.changed.keys()]));
  expect([...changed].filter((byte) => !written.has(byte))).to.deep.equal([]);
  const silent = [...written].filter((byte) => !read.has(byte) && !changed.has(byte));
  expect(silent.map((byte) => byte - SYMBOLS.heap!)).to.deep.equal([]);
}

function checkEdges(trials: readonly [Trial, Observation][]): void {
  for (const side of [1, -1]) {
    const ofSide = trials.filter(([{ shift }]) => Math.sign(shift) === side);
    for (const [trial, { outcome }] of ofSide.filter(([{ faults }]) => !faults)) {
      // #GP: the heap's end is no place for an aligned operand.
      expect(outcome, `moved by ${trial.shift}`).to.be.oneOf(["ok", "sig8", "gp"]);
    }
    const beyond = ofSide.find(([{ faults }, { outcome }]) => faults && outcome !== "gp");
    if (beyond) expect(beyond[1].outcome, `moved by ${beyond[0].shift}`).to.equal("fault");
  }
}
