import { expect } from "chai";
import type { TraceeAddress } from "../../dist/model/index.js";
import { type DecodedInstruction, decodeInstruction } from "../../dist/x86/decode/index.js";
import { everySpecimen, type Specimen, type Variant } from "./every-instruction.js";
import { CODE } from "./machine.js";

const PLAIN: Variant = { masked: false, broadcast: false };
const MASKED: Variant = { masked: true, broadcast: false };
const BROADCAST: Variant = { masked: true, broadcast: true };

const decode = (specimen: Specimen): DecodedInstruction =>
  decodeInstruction(specimen.bytes, CODE as TraceeAddress);

/** They name memory and access no data. */
const NO_ACCESS =
  /^(Lea|Nop|Reservednop|Prefetch|Clflush|Clwb|Cldemote|Invlpg|Ud0|Ud1|EVEX_V(gather|scatter)pf)/;

/** Whose accesses are not modelled: AMX, Knights Mill, VIA, LWP, shadow stacks and so on. */
const NOT_UNDERSTOOD =
  /^(Movsxd_r16|Enqcmd|XOP_(Lwp|Llwp)|Xsaves|Xrstors|VEX_Tile|EVEX_V4f|EVEX_Vp4dp)/;

describe("decode: every instruction of iced with a memory operand", () => {
  const specimens = everySpecimen(PLAIN);

  it("is there", () => {
    expect(specimens.length).to.be.above(3_400);
  });

  it("has no access only where there is none", () => {
    const none = specimens.filter((specimen) => decode(specimen).form.tag === "none");
    expect(none.map(({ name }) => name).filter((name) => !NO_ACCESS.test(name))).to.deep.equal([]);
    const missed = specimens.filter(
      (specimen) => NO_ACCESS.test(specimen.name) && decode(specimen).form.tag !== "none",
    );
    expect(missed.map(({ name }) => name)).to.deep.equal([]);
  });

  it("is understood, or says that it is not", () => {
    const unknown = specimens.filter((specimen) => decode(specimen).form.tag === "unknown");
    const others = unknown.map(({ name }) => name).filter((name) => !NOT_UNDERSTOOD.test(name));
    expect(others).to.deep.equal([]);
  });

  it("has a size wherever it is understood", () => {
    const sizeless = specimens.filter((specimen) => {
      const { form, operands } = decode(specimen);
      if (form.tag === "unknown" || form.tag === "save-area") return false;
      return operands.some(({ size }) => size === 0);
    });
    expect(sizeless.map(({ name }) => name)).to.deep.equal([]);
  });

  it("under an opmask is masked, or a load that does not suppress faults", () => {
    for (const variant of [MASKED, BROADCAST]) {
      for (const specimen of everySpecimen(variant)) {
        const { form, operands, needs } = decode(specimen);
        if (form.tag === "unknown" || form.tag === "none") continue;
        if (form.tag === "plain") expect(operands[0]!.kind, specimen.name).to.equal("read");
        else expect(form.tag, specimen.name).to.be.oneOf(["masked", "indexed"]);
        expect(needs.vectors, specimen.name).to.equal(form.tag !== "plain");
        if (form.tag !== "masked") continue;
        // Whole elements, as many as there are in the operand, or more for a broadcast.
        const elements = operands[0]!.size / form.mask.elementBytes;
        expect(form.mask.count % elements, specimen.name).to.equal(0);
        expect(form.mask.count, specimen.name).to.be.within(1, 64);
      }
    }
  });
});
