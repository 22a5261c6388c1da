import { expect } from "chai";
import type { CType } from "../../dist/model/index.js";
import { Declarations } from "../../dist/prototype/index.js";
import { needsCompiler } from "../support/needs.js";
import { skip } from "../support/skip.js";
import { constantDifferences, layoutDifferences, type NamedRecord } from "./compiled-layouts.js";
import { declaredFunctions, HEADERS, preprocessed } from "./preprocessed.js";

const LEAST_TAKEN = 0.97;

describe("declarations of preprocessed headers", () => {
  for (const [header, debianPackage] of HEADERS) {
    it(`${header}: functions are taken, structs and enums are the compiler's`, function () {
      needsCompiler(this);
      const text = preprocessed(header) ?? skip(this, `no ${header}: install ${debianPackage}`);
      const declarations = new Declarations();
      const { skipped } = declarations.declare(text);
      const kinds = new Set(skipped.map(({ kind }) => kind));
      expect(["static", "unsupported type"]).to.include.members([...kinds]);

      const functions = [...declaredFunctions(header)];
      const refused = new Set(skipped.map(({ name }) => name));
      const taken = functions.filter(([name]) => !refused.has(name));
      for (const [name, parameters] of taken) {
        const signature = declarations.function(name);
        const count = signature.parameters.length + Number(signature.variadic);
        expect([name, count]).to.deep.equal([name, parameters ?? count]);
      }
      expect(taken.length / functions.length).to.be.at.least(LEAST_TAKEN);

      const records = completeRecords(declarations);
      expect(records).to.have.length.above(3);
      expect(layoutDifferences(text, records)).to.deep.equal([]);
      const { constants } = declarations.names;
      expect(constantDifferences(text, constants)).to.deep.equal([]);
    });
  }
});

/** By tag, or the typedef of those without one. */
function completeRecords({ names }: Declarations): NamedRecord[] {
  const byTypedef = [...names.types].map(([name, { type, align }]) => {
    const isAligned = type.kind === "record" && align !== null;
    return [name, isAligned ? { ...type, align } : type] as const;
  });
  const named: readonly (readonly [string, CType])[] = [...names.tags, ...byTypedef];
  return named.flatMap(([name, type]): NamedRecord[] =>
    type.kind === "record" && name !== "__gnuc_va_list" ? [[name, type]] : [],
  );
}
