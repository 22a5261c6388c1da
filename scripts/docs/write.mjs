// Prints docs/session.md and docs/protocol-matrix.md from the built session machine: npm run docs
import { writeFileSync } from "node:fs";
import { DOCUMENTS } from "../../.test-build/machines/docs/documents.js";

for (const { path, text } of DOCUMENTS) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text());
}
