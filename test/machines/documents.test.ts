import { readFileSync } from "node:fs";
import { expect } from "chai";
import { DOCUMENTS } from "./docs/documents.js";

describe("the documents that are printed from the session machine", () => {
  for (const { path, text } of DOCUMENTS) {
    it(`${path} is what the machine says now`, () => {
      const kept = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
      expect(kept === text(), `${path} is stale: 'npm run docs' prints it anew`).to.equal(true);
    });
  }
});
