import { expect } from "chai";
import { FindingCollector, STRING_FUNCTIONS } from "../../dist/judge/index.js";
import { Symbolizer } from "../../dist/symbols/index.js";
import { batchOf, bufferAt } from "../report/batch.js";
import { load, mapsText } from "../symbols/in-process.js";

const HEAP = 0x7f00_0000_0000;

describe("a symbolizer, for the judge", () => {
  it("tells strlen from memcpy in this process's stripped libc, and libz from both", () => {
    const libc = load("libc.so.6");
    const symbols = new Symbolizer(mapsText());
    const known = STRING_FUNCTIONS.flatMap((name) => {
      const address = libc.find(name);
      return address === null ? [] : [{ name, address }];
    });
    expect(known.length).to.be.greaterThan(60);
    for (const { name, address } of known) symbols.addFunction(address, "libc.so.6", name);

    const findings = (ip: number, content: string) => {
      const collector = new FindingCollector([bufferAt("buf", HEAP, 5)], {
        code: symbols,
        memory: { contentOf: () => Buffer.from(content) },
      });
      collector.add(batchOf([{ address: HEAP, size: 32, ip }]));
      return collector.finish().length;
    };
    expect(findings(libc("strlen") + 0x18, "four\0")).to.equal(0);
    expect(findings(libc("strlen") + 0x18, "hello")).to.equal(1);
    expect(findings(libc("memchr") + 0x18, "hello")).to.equal(0);
    expect(findings(libc("memcpy") + 0x18, "four\0")).to.equal(1);
    expect(findings(libc("qsort") + 0x18, "four\0")).to.equal(1);
    expect(findings(load("libz.so.1")("crc32_z") + 4, "four\0")).to.equal(1);
  });
});
