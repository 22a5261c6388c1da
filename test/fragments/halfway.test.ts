import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { asClient, inHost, type Seen } from "./run.js";

const FIXTURE = "halfway.c";
const ENGINES = ["auto", "reference"] as const;

const PLACES = [
  ...[16, 4112, 8208, 20, 4116, 12304, 24, 28],
  ...[48, 4144, 8240, 52, 4148, 12336, 56, 60],
];
const OPMASK = 0xfdfd;
const masked = PLACES.filter((_, element) => OPMASK & (1 << element));

/** Each element once, in order. */
const EXPECTED = new Map([
  ["gather_from_new_pages", PLACES.slice(0, 8).map((at) => `read ${at}+4`)],
  ["gather_512_from_new_pages", masked.map((at) => `read ${at}+4`)],
  ["scatter_512_to_new_pages", masked.map((at) => `write ${at}+4`)],
  ["gather_over_a_closed_page", [8, 4104, 16].map((at) => `read ${at}+8`)],
  ["scatter_over_a_closed_page", [8, 4104, 16, 24, 32, 4112].map((at) => `write ${at}+8`)],
]);

/** `accesses` without their instructions; none where the processor has no such instruction. */
function expectOnce(name: string, { result, accesses, crash }: Seen): void {
  expect(crash).to.equal(null);
  const all = accesses.flat().map((access) => access.split(" by ")[0]!);
  const seen = all.filter((access) => !access.endsWith(" 0+1")); // what warms up
  expect(seen, name).to.deep.equal(result === -1 ? [] : EXPECTED.get(name));
}

describe("an instruction that is stopped half-way accesses each element once", () => {
  before(function () {
    needsCompiler(this);
  });

  for (const engine of ENGINES) {
    for (const name of EXPECTED.keys()) {
      it(`${name} in a heap of our own: ${engine}`, async () => {
        expectOnce(name, await inHost(FIXTURE, name, engine));
      });
    }
    for (const mode of ["supervised", "closing", "shared", "partial"] as const) {
      it(`in a plain client's heap, ${mode}: ${engine}`, async () => {
        const { calls, end } = await asClient(FIXTURE, [...EXPECTED.keys()], mode, engine);
        expect(end).to.equal("0");
        for (const name of EXPECTED.keys()) {
          for (const seen of calls.get(name)!) expectOnce(name, seen);
        }
      });
    }
  }
});
