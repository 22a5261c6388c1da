/** `npm run docs`: writes the documents that are printed from the session machine, and the man page. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOCUMENTS } from "../machines/docs/documents.js";
import { ROOT } from "../support/fixtures.js";
import { manPage } from "./man-page.js";

for (const { path, text } of DOCUMENTS) writeFileSync(join(ROOT, path), text());
writeFileSync(join(ROOT, "man/ffiscope.1"), manPage());
