import { expect } from "chai";
import type { CType, Signature } from "../../dist/model/index.js";
import { Declarations, typeText } from "../../dist/prototype/index.js";
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
      for (const [name, text] of taken) {
        // A function may be declared by a typedef of functions.
        if (!text.endsWith(")")) continue;
        const ours = typesOf(declarations.function(name));
        expect([text, ...ours]).to.deep.equal([text, ...typesOf(declarations.signature(text))]);
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

/** A type of functions by its number of parameters: its text has names. */
function typesOf({ result, parameters, variadic }: Signature): string[] {
  const types = [result, ...parameters.map(({ type }) => type)].map(shown);
  return variadic ? [...types, "..."] : types;
}

function shown(type: CType): string {
  if (type.kind === "pointer") return `${shown(type.to)}${type.const ? " const" : ""}*`;
  return type.kind === "function"
    ? `function of ${type.signature?.parameters.length}`
    : typeText(type);
}

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
