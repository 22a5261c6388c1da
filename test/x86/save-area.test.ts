import { expect } from "chai";
import type { TraceeAddress } from "../../dist/model/index.js";
import { accessesOf, decodeInstruction } from "../../dist/x86/decode/index.js";
import { CODE, Machine, SYMBOLS } from "./machine.js";
import { needsProbe, type Observation, Probe } from "./probe.js";

const HEAP = SYMBOLS.heap!;
/** With `[rdi]` as the area. */
const CODES = {
  xsave: "0fae27",
  xsave64: "480fae27",
  xsavec: "0fc727",
  xsaveopt: "0fae37",
  xrstor: "0fae2f",
} as const;
type Name = keyof typeof CODES;

const AVX512 = 0xe7n;
const AMD = { size: 2432, enabled: AVX512 } as const;
const INTEL = { size: 2696, enabled: 0x2e7n } as const;

interface Setting {
  readonly asked: bigint;
  /** XSTATE_BV and XCOMP_BV, as memory has them when the instruction has run. */
  readonly header?: readonly [bigint, bigint];
  readonly processor?: { readonly size: number; readonly enabled: bigint };
}

function machineOf({ asked, header, processor }: Setting): Machine {
  const machine = new Machine();
  machine.gprs.set(7, BigInt(HEAP));
  machine.gprs.set(0, 0xffff_ffff_0000_0000n | (asked & 0xffff_ffffn));
  machine.gprs.set(2, asked >> 32n);
  const fields = new BigUint64Array(header ?? []);
  if (header) machine.memory.set(HEAP + 512, new Uint8Array(fields.buffer));
  machine.stateSize = (processor ?? AMD).size;
  machine.enabled = (processor ?? AMD).enabled;
  return machine;
}

/** Accesses as `read+512:8`, the offset from the area's start. */
function accesses(name: Name, setting: Setting): string {
  const machine = machineOf(setting);
  const instruction = decode(name);
  const registers = machine.registers();
  const reader = setting.header ? machine.reader : null;
  return accessesOf(instruction, registers, registers, reader)
    .map(({ kind, certain, address, size }) => {
      return `${kind}${certain ? "" : "?"}+${address - HEAP}:${size}`;
    })
    .join(" ");
}

function decode(name: Name) {
  const bytes = Uint8Array.from(Buffer.from(CODES[name], "hex"));
  return decodeInstruction(bytes, CODE as TraceeAddress);
}

describe("decode: save areas", () => {
  it("xsave writes what is asked for and enabled, and keeps the other bits of XSTATE_BV", () => {
    const all = "read+512:8 write+0:416 write+512:8";
    expect(accesses("xsave", { asked: 3n })).to.equal(all);
    expect(accesses("xsave64", { asked: 3n })).to.equal(all);
    expect(accesses("xsave", { asked: 7n })).to.equal(`${all} write+576:256`);
    expect(accesses("xsave", { asked: ~0n & 0xffff_ffff_ffff_ffffn })).to.equal(
      `${all} write+576:1856`,
    );
    expect(accesses("xsave", { asked: 0n })).to.equal("read+512:8 write+512:8");
    expect(accesses("xsave", { asked: 1n })).to.equal(
      "read+512:8 write+0:24 write+32:128 write+512:8",
    );
    expect(accesses("xsave", { asked: 2n })).to.equal(
      "read+512:8 write+24:8 write+160:256 write+512:8",
    );
    expect(accesses("xsave", { asked: 4n })).to.equal(
      "read+512:8 write+24:8 write+512:8 write+576:256",
    );
    expect(accesses("xsave", { asked: 0x20n })).to.equal("read+512:8 write+512:8 write+832:64");
  });

  it("Intel has the opmasks and what follows elsewhere", () => {
    const all = { asked: 0x2e7n, processor: INTEL };
    expect(accesses("xsave", all)).to.equal(
      "read+512:8 write+0:416 write+512:8 write+576:256 write+1088:1608",
    );
  });

  it("a layout from CPUID goes before the guess", () => {
    const registers = {
      ...machineOf({ asked: 4n }).registers(),
      stateComponent: (n: number) => (n === 2 ? { offset: 1000, size: 24 } : null),
    };
    const last = accessesOf(decode("xsave"), registers, registers).at(-1)!;
    expect([last.address - HEAP, last.size]).to.deep.equal([1000, 24]);
  });

  it("xsavec writes both bit vectors and the components in use, without gaps for others", () => {
    expect(accesses("xsavec", { asked: 0xe7n, header: [0xe7n, 0n] })).to.equal(
      "write+0:416 write+512:16 write+576:1856",
    );
    expect(accesses("xsavec", { asked: 0xe7n, header: [0x24n, 0n] })).to.equal(
      "write+512:16 write+576:320",
    );
    expect(accesses("xsavec", { asked: 0x20n, header: [0x20n, 0n] })).to.equal(
      "write+512:16 write+576:64",
    );
    expect(accesses("xsavec", { asked: 0xa0n, header: [0x80n, 0n] })).to.equal(
      "write+512:16 write+640:1024",
    );
    expect(accesses("xsavec", { asked: 3n, header: [0n, 0n] })).to.equal("write+512:16");
  });

  it("xsavec of which the header cannot be read writes uncertainly", () => {
    expect(accesses("xsavec", { asked: 7n })).to.equal("write?+0:416 write+512:16 write?+576:256");
  });

  it("xsaveopt may leave out what did not change, but not MXCSR", () => {
    expect(accesses("xsaveopt", { asked: 7n, header: [4n, 0n] })).to.equal(
      "read+512:8 write+24:8 write+512:8 write?+576:256",
    );
    expect(accesses("xsaveopt", { asked: 1n, header: [1n, 0n] })).to.equal(
      "read+512:8 write?+0:24 write?+32:128 write+512:8",
    );
  });

  it("xrstor reads the header, and what it says is there", () => {
    expect(accesses("xrstor", { asked: 7n, header: [7n, 0n] })).to.equal(
      "read+512:24 read+0:28 read+32:384 read+576:256",
    );
    expect(accesses("xrstor", { asked: 7n, header: [0n, 0n] })).to.equal("read+512:24 read+24:4");
    expect(accesses("xrstor", { asked: 1n, header: [7n, 0n] })).to.equal(
      "read+512:24 read+0:24 read+32:128",
    );
    expect(accesses("xrstor", { asked: 0xe7n, header: [0x20n, 0n] })).to.equal(
      "read+512:24 read+24:4 read+832:64",
    );
  });

  it("xrstor takes the compacted format from XCOMP_BV", () => {
    const compacted = (bits: bigint) => (1n << 63n) | bits;
    expect(accesses("xrstor", { asked: 0xe7n, header: [0x24n, compacted(0x24n)] })).to.equal(
      "read+512:384",
    );
    expect(accesses("xrstor", { asked: 0xe7n, header: [0x20n, compacted(0x24n)] })).to.equal(
      "read+512:64 read+832:64",
    );
    expect(accesses("xrstor", { asked: 2n, header: [2n, compacted(7n)] })).to.equal(
      "read+512:64 read+24:4 read+160:256",
    );
  });

  it("xrstor of which the header cannot be read is unknown", () => {
    expect(accesses("xrstor", { asked: 7n })).to.equal("read+512:24 unknown+0:0");
  });

  describe("on the real processor", () => {
    const settings = [0xe7n, 0x7n, 0x3n, 0x1n, 0x2n, 0x4n, 0x20n, 0x40n, 0x80n, 0xa4n, 0n].flatMap(
      (asked) => [0xe7n, 0n, 1n, 2n, 4n, 0x24n, 0x80n].map((inUse) => ({ asked, inUse })),
    );
    const seen = new Map<string, Observation[]>();
    const probe = { size: 0, enabled: 0n };

    before(function () {
      needsProbe(this);
      const oracle = new Probe();
      for (const name of ["xsave", "xsavec", "xsaveopt"] as const) {
        for (const { asked, inUse } of settings) {
          const observations: Observation[] = [];
          seen.set(`${name} ${asked} ${inUse}`, observations);
          for (const fill of [0, 0x80]) {
            oracle.set(hardwareMachine(asked, inUse), fill);
            oracle.run(Uint8Array.from(Buffer.from(CODES[name], "hex")), (o) =>
              observations.push(o),
            );
          }
        }
      }
      oracle.execute();
      probe.size = oracle.stateSize;
      probe.enabled = oracle.enabled;
    });

    for (const name of ["xsave", "xsavec", "xsaveopt"] as const) {
      it(`${name} writes what the decoder says, whatever is asked for and in use`, () => {
        for (const { asked, inUse } of settings) {
          check(name, asked, inUse);
        }
      });
    }

    function check(name: Name, asked: bigint, inUse: bigint): void {
      const title = `${name} of ${asked.toString(16)} with ${inUse.toString(16)} in use`;
      const changed = new Set<number>();
      const claimed = new Set<number>();
      for (const observation of seen.get(`${name} ${asked} ${inUse}`)!) {
        expect(observation.outcome, title).to.equal("ok");
        const claims = claimsOf(name, hardwareMachine(asked, inUse), observation);
        const bytes = [...observation.changed.keys()];
        expect(
          bytes.filter((byte) => !claims.has(byte)),
          title,
        ).to.deep.equal([]);
        for (const byte of bytes) changed.add(byte);
        for (const byte of claims) claimed.add(byte);
      }
      // The header may be written with what it had.
      const inHeader = (byte: number) => byte >= HEAP + 512 && byte < HEAP + 528;
      const silent = [...claimed].filter((byte) => !changed.has(byte) && !inHeader(byte));
      if (silent.length > 0) expect(wereAlike(name, asked, inUse), title).to.equal(false);
    }

    /** What the decoder says of a run that left this header: each has its own, see {@link wereAlike}. */
    function claimsOf(name: Name, machine: Machine, { changed }: Observation): Set<number> {
      const header = machine.memory.get(HEAP + 512)!;
      for (const [byte, value] of changed) {
        if (byte >= HEAP + 512 && byte < HEAP + 528) header[byte - HEAP - 512] = value;
      }
      machine.stateSize = probe.size;
      machine.enabled = probe.enabled;
      const registers = machine.registers();
      const writes = accessesOf(decode(name), registers, registers, machine.reader).filter(
        ({ kind }) => kind === "write",
      );
      return new Set(writes.flatMap(({ address, size }) => bytesFrom(address, size)));
    }

    /**
     * Both runs found the same state in use. Where the thread was switched out in one, the processor may
     * count as in use what has its first values: then only one of the two writes it.
     */
    function wereAlike(name: Name, asked: bigint, inUse: bigint): boolean {
      const [first, second] = seen
        .get(`${name} ${asked} ${inUse}`)!
        .map((observation) => claimsOf(name, hardwareMachine(asked, inUse), observation));
      return first!.size === second!.size && [...first!].every((byte) => second!.has(byte));
    }

    function hardwareMachine(asked: bigint, inUse: bigint): Machine {
      const machine = machineOf({ asked, header: [0n, 0n] });
      machine.inUse = inUse;
      for (let n = 0; n < 32; n++) machine.vectors.set(n, new Uint8Array(64).fill(n + 1));
      for (let n = 0; n < 8; n++) machine.opmasks.set(n, 0x0101010101010101n * BigInt(n + 1));
      return machine;
    }
  });
});

function bytesFrom(start: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => start + i);
}
