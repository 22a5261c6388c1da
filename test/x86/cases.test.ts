import { expect } from "chai";
import type { TraceeAddress } from "../../dist/model/index.js";
import { accessesOf, decodeInstruction } from "../../dist/x86/decode/index.js";
import { needsAssembler } from "./assemble.js";
import { expectedAccesses, type InstructionCase, setUp } from "./case-file.js";
import { CODE, Machine } from "./machine.js";
import { assembleAll, eachSection, titleOf } from "./table.js";

describe("decode: the table of instructions", () => {
  let code = new Map<InstructionCase, Uint8Array>();

  before(function () {
    needsAssembler(this);
    code = assembleAll();
  });

  eachSection((section, cases) => {
    describe(section, () => {
      for (const c of cases) {
        it(titleOf(c), () => {
          const machine = setUp(new Machine(), c.before);
          const after = c.after === "none" ? null : setUp(setUp(new Machine(), c.before), c.after);
          const instruction = decodeInstruction(code.get(c)!, CODE as TraceeAddress);
          expect(instruction.length).to.equal(code.get(c)!.length);
          expect(
            accessesOf(
              instruction,
              machine.registers(),
              after?.registers() ?? null,
              machine.reader,
            ),
          ).to.deep.equal(expectedAccesses(c.expected));
        });
      }
    });
  });
});
