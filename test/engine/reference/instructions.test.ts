import { expect } from "chai";
import { needsCompiler } from "../../support/needs.js";
import { skipHere } from "../../support/skip.js";
import { needsAssembler } from "../../x86/assemble.js";
import { expectedAccesses, type InstructionCase, setUp } from "../../x86/case-file.js";
import { HEAP, Machine } from "../../x86/machine.js";
import { assembleAll, eachSection, titleOf } from "../../x86/table.js";
import { Stage, type Staged } from "./stage.js";

/** In place; over the page boundary by a byte, and by three, where `heap` is the boundary. */
const SHIFTS = [0, -1, -3];

/** The case depends on what is known afterwards, and an engine always knows that. */
const asExecuted = (c: InstructionCase) => c.after !== "none" && !c.notes.has("no-run");

for (const engine of ["reference", "auto"] as const) {
  describe(`instructions in the ${engine} engine: a traced call records what the table says`, () => {
    const staged = new Map<InstructionCase, Staged[]>();

    before(async function () {
      needsCompiler(this);
      needsAssembler(this);
      const stage = new Stage(engine);
      const runs: InstructionCase[] = [];
      for (const [c, code] of assembleAll()) {
        if (!asExecuted(c)) continue;
        for (const shift of SHIFTS) {
          stage.add(setUp(new Machine(), c.before, shift), code);
          runs.push(c);
        }
      }
      for (const [i, result] of (await stage.perform()).entries()) {
        const c = runs[i]!;
        staged.set(c, [...(staged.get(c) ?? []), result]);
      }
    });

    it("most of them run in fragments, if that is the engine", () => {
      const results = [...staged.values()].flat();
      const inFragments = results.filter(({ isInFragment }) => isInFragment).length;
      const least = engine === "auto" ? results.length / 3 : 0;
      expect(inFragments).to.be.at.least(least);
    });

    eachSection((section, cases) => {
      describe(section, () => {
        for (const c of cases.filter(asExecuted)) {
          it(titleOf(c), function () {
            const results = staged.get(c)!;
            if (results[0]!.outcome === "sig4") skipHere(this, "the processor does not have it");
            for (const [i, shift] of SHIFTS.entries()) check(c, shift, results[i]!);
          });
        }
      });
    });
  });
}

/** It takes the line that its operand lies in, wherever in that the operand is. */
const TAKES_LINE = /^clzero/;

function check(c: InstructionCase, shift: number, { outcome, accesses }: Staged): void {
  // An operand that must be aligned cannot straddle: #GP, and nothing was accessed.
  if (shift !== 0 && (outcome !== "ok" || TAKES_LINE.test(c.assembly))) return;
  const inHeap = expectedAccesses(c.expected, shift).filter(
    ({ address, size }) => address + Math.max(size, 1) > HEAP.start && address < HEAP.end,
  );
  expect(accesses, `moved by ${shift}`).to.deep.equal(inHeap);
}
