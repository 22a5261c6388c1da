import { expect } from "chai";
import iced from "iced-x86";
import type { TraceeAddress } from "../../dist/model/index.js";
import {
  accessesOf,
  type DecodedInstruction,
  decodeInstruction,
} from "../../dist/x86/decode/index.js";
import { Machine } from "./machine.js";

/** Where shared libraries usually are. */
const IP = 0x7f12_3456_7890 as TraceeAddress;

function decode(hex: string, ip: TraceeAddress = IP): DecodedInstruction {
  return decodeInstruction(Uint8Array.from(Buffer.from(hex, "hex")), ip);
}

function addressesOf(hex: string, machine = new Machine(), ip: TraceeAddress = IP): number[] {
  const registers = machine.registers();
  return accessesOf(decode(hex, ip), registers, registers).map(({ address }) => address);
}

/** In bytes. It grows when objects are not freed. */
function wasmMemory(): number {
  const module = iced as unknown as { __wasm: { memory: { buffer: ArrayBuffer } } };
  return module.__wasm.memory.buffer.byteLength;
}

describe("decode: one instruction", () => {
  it("rip-relative operands count from the next instruction", () => {
    expect(addressesOf("8b0500000000")).to.deep.equal([IP + 6]); // mov eax, [rip]
    expect(addressesOf("8b05f8ffffff")).to.deep.equal([IP + 6 - 8]);
    expect(addressesOf("c70510000000ff000000")).to.deep.equal([IP + 10 + 16]); // mov dword [rip+16], 255
    const [operand] = decode("8b0500000000").operands;
    expect(operand).to.deep.include({ ripRelative: true, base: null, explicit: true });
  });

  it("eip-relative operands are cut to 32 bits", () => {
    expect(addressesOf("678b0500000000")).to.deep.equal([(IP + 7) % 2 ** 32]);
  });

  it("an absolute 32-bit address is sign-extended, and zero-extended with an address size prefix", () => {
    expect(addressesOf("8b042500100000")).to.deep.equal([0x1000]);
    expect(addressesOf("678b042500000080")).to.deep.equal([0x80000000]);
    expect(addressesOf("8b042500000080")[0]).to.be.above(2 ** 63);
  });

  it("a segment base wraps around, as negative offsets from fs do", () => {
    const machine = new Machine();
    machine.fs = 0x7f00_0000_1000n;
    // mov rax, fs:[0xfffffffffffffff8]
    expect(addressesOf("64488b0425f8ffffff", machine)).to.deep.equal([0x7f00_0000_0ff8]);
  });

  it("facts are plain data", () => {
    const instruction = decode("f3a4");
    expect(structuredClone(instruction)).to.deep.equal(instruction);
    expect(instruction.operands.map(({ kind, explicit }) => [kind, explicit])).to.deep.equal([
      ["read", false],
      ["write", false],
    ]);
  });

  it("the explicit operand is told from the stack's", () => {
    // push [rsp-8], pop [rsp]: both operands have one address
    for (const [hex, kind] of [
      ["ff7424f8", "read"],
      ["8f0424", "write"],
    ] as const) {
      const { operands } = decode(hex);
      expect(operands.filter(({ explicit }) => explicit).map((o) => o.kind)).to.deep.equal([kind]);
    }
  });

  it("needs are told", () => {
    const needs = (hex: string) => decode(hex).needs;
    expect(needs("8b07")).to.deep.equal({ vectors: false, after: false, memory: false });
    expect(needs("f3a4")).to.deep.equal({ vectors: false, after: true, memory: false });
    expect(needs("0fb10f")).to.deep.equal({ vectors: false, after: true, memory: false });
    expect(needs("62f17c491007")).to.deep.equal({ vectors: true, after: false, memory: false });
    expect(needs("0fae27")).to.deep.equal({ vectors: true, after: false, memory: false });
    expect(needs("0fc727")).to.deep.equal({ vectors: true, after: true, memory: true });
  });

  it("an instruction without memory operands of a masked kind needs nothing", () => {
    // vaddps zmm0{k1}, zmm1, zmm2
    expect(decode("62f1744958c2")).to.deep.include({ form: { tag: "none" }, operands: [] });
  });

  for (const [what, hex] of [
    ["no bytes", ""],
    ["a byte that is no instruction in 64-bit mode", "06"],
    ["an instruction that is cut off", "488b"],
    ["nothing but prefixes", "66666666666666666666666666666666"],
    ["16 bytes with prefixes", `${"66".repeat(13)}488b07`],
    ["lock before what cannot be locked", "f08b07"],
    ["an EVEX instruction with a reserved bit", "62f97c481007"],
  ] as const) {
    it(`${what}: unknown, of length 0`, () => {
      const instruction = decode(hex);
      expect(instruction.length).to.equal(0);
      expect(instruction.form.tag).to.equal("unknown");
      expect(accessesOf(instruction, new Machine().registers(), null)).to.deep.equal([]);
    });
  }

  it("ignores what follows the instruction", () => {
    expect(decode("8b0706060606").length).to.equal(2);
  });

  it("frees what it takes of iced's memory", () => {
    const decodeMany = () => {
      for (let n = 0; n < 20_000; n++) decode("62f17c49104701");
    };
    decodeMany();
    const before = wasmMemory();
    decodeMany();
    expect(wasmMemory()).to.equal(before);
  });
});
