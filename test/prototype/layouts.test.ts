import { expect } from "chai";
import type { RecordType } from "../../dist/model/index.js";
import { Declarations } from "../../dist/prototype/index.js";
import { needsCompiler } from "../support/needs.js";
import { layoutDifferences, type NamedRecord } from "./compiled-layouts.js";
import { randomRecords } from "./random-records.js";

/** The record that a typedef of `text` names. */
function recordsOf(text: string, names: readonly string[]): NamedRecord[] {
  const declarations = new Declarations();
  const { skipped } = declarations.declare(text);
  expect(skipped).to.deep.equal([]);
  return names.map((name) => {
    const type = declarations.names.alias(name)?.type;
    expect(type?.kind, name).to.equal("record");
    return [name, type as RecordType];
  });
}

describe("layouts of structs and unions", () => {
  const RECORDS = 500;
  const seed = Number(process.env.LAYOUT_SEED ?? 1);

  it(`${RECORDS} random ones are laid out as the compiler does it (seed ${seed})`, function () {
    needsCompiler(this);
    const text = randomRecords(seed, RECORDS);
    const names = Array.from({ length: RECORDS }, (_, n) => `record${n}`);
    expect(layoutDifferences(text, recordsOf(text, names))).to.deep.equal([]);
  });
});
