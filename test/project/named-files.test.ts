import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";

const DOCUMENTS = ["docs/architecture.md", "docs/call-path.md", "CONTRIBUTING.md"];

/** Every file of ours, by its path from src/ on. */
const FILES = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });

/** What a document names between backquotes: a file, or a folder, with or without its place. */
function namedIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([\w./-]+)`/g)].map(([, name]) => name!);
  return quoted.filter(
    (name) => /\.(ts|mjs|cases)$/.test(name) || /^[\w-]+(\/[\w-]+)*\/$/.test(name),
  );
}

function isThere(name: string): boolean {
  const places = ["", "src", "src/x86", "src/engine", "src/fragments", "src/machines", "src/guard"];
  if (places.some((place) => existsSync(join(ROOT, place, name)))) return true;
  return FILES.some((file) => file === name || file.endsWith(`/${name}`));
}

describe("what the documents name is there", () => {
  for (const path of DOCUMENTS) {
    it(path, () => {
      const named = namedIn(readFileSync(join(ROOT, path), "utf8"));
      expect(named.length).to.be.greaterThan(5);
      expect(named.filter((name) => !isThere(name) && !isToCome(name))).to.deep.equal([]);
    });
  }

  it("is seen to be missing", () => {
    expect(
      namedIn("`src/guard/guards.ts` and `src/garden/`").filter((n) => !isThere(n)),
    ).to.have.length(2);
  });
});

/** Places that wait for later issues, and what a build makes. */
function isToCome(name: string): boolean {
  const later = /^(guard\/(shadow|allocations)|symbols\/(lines|unwind)|launch|report\/html)\/$/;
  return later.test(name) || /^(dist|\.test-build|node_modules)\//.test(name);
}
