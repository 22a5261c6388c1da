import { expect } from "chai";
import { EntryValues } from "../../dist/x86/encoding/entry-values.js";
import { type Source, sourceAt } from "../../dist/x86/encoding/source-instruction.js";
import { assemble, needsAssembler } from "./assemble.js";

/** Arguments as a function may be given them: rdi, rsi, rdx, rcx. */
const GIVEN = [0x7f00_1234_5678n, 27n, 0xffff_ffff_ffff_fff0n, 3n];

const NUMBERS: Readonly<Record<string, number>> = {
  ...{ rax: 0, rcx: 1, rdx: 2, rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7 },
  ...{ r8: 8, r9: 9, r10: 10, r11: 11, r12: 12, r13: 13, r14: 14, r15: 15 },
};

const ENTRY = 0x1000;

describe("the arguments that a function was entered with", () => {
  before(function () {
    needsAssembler(this);
  });

  /**
   * What is told behind `lines`, where the registers hold `after`; those that are not named hold rubbish.
   * The registers of the arguments hold them still, unless they are named.
   */
  function told(lines: readonly string[], after: Readonly<Record<string, bigint>> = {}) {
    const code = Buffer.concat(assemble([...lines, "nop"]));
    const values = new EntryValues(ENTRY, (ip) => at(code, ip));
    const held = new Array<bigint>(16).fill(0xdead_beef_dead_beefn);
    for (const [i, name] of ["rdi", "rsi", "rdx", "rcx"].entries())
      held[NUMBERS[name]!] = GIVEN[i]!;
    for (const [name, value] of Object.entries(after))
      held[NUMBERS[name]!] = BigInt.asUintN(64, value);
    return values.at(ENTRY + code.length - 1, (number) => held[number]!);
  }

  const [rdi, rsi, rdx, rcx] = GIVEN as [bigint, bigint, bigint, bigint];

  it("are those in their registers at the entry", () => {
    expect(told([])).to.deep.equal(GIVEN);
  });

  it("are found where they were copied before their register was written", () => {
    const lines = ["mov rax, rdi", "mov r8, rsi", "and rdi, -64", "xor esi, esi"];
    const after = { rax: rdi, r8: rsi, rdi: rdi & -64n, rsi: 0n };
    expect(told(lines, after)).to.deep.equal(GIVEN);
  });

  it("follow from sums of them", () => {
    const lines = ["lea r9, [rdi+rdx-1]", "sub rdx, rdx", "lea rdx, [rsi*4+rsi+7]", "xor esi, esi"];
    const after = { r9: rdi + rdx - 1n, rdx: rsi * 5n + 7n, rsi: 0n };
    expect(told(lines, after)).to.deep.equal(GIVEN);
  });

  it("follow from what was added to, taken from, negated and counted in their registers", () => {
    const lines = ["add rdi, 16", "sub rdi, rsi", "neg rdx", "inc rcx", "dec rsi", "add rsi, rcx"];
    const after = { rdi: rdi + 16n - rsi, rdx: -rdx, rcx: rcx + 1n, rsi: rsi - 1n + rcx + 1n };
    expect(told(lines, after)).to.deep.equal(GIVEN);
  });

  it("follow from an aligned pointer and what was cut off of it", () => {
    const lines = ["mov rcx, rsi", "and ecx, 0x7f", "and rsi, -32", "and ecx, 0x1f"];
    const odd = rdi + 13n;
    const swapped = ["mov rsi, rdi", "xor edi, edi", ...lines];
    const after = { rdi: 0n, rsi: odd & -32n, rcx: odd & 31n };
    expect(told(swapped, after)[0]).to.equal(odd);
    expect(told(lines.slice(0, 3), { rsi: odd & -32n, rcx: odd & 127n })[1]).to.equal(null);
  });

  it("are told of two strings that one of two ways exchanges", () => {
    const lines = ["test ecx, ecx", "je 1f", "mov rax, rdi", "mov rdi, rsi", "mov rsi, rax", "1:"];
    const values = told(lines, { rax: 0n });
    expect(values.slice(0, 2)).to.have.members([rdi, rsi]);
    expect(values[2]).to.equal(rdx);
  });

  it("follow from a count of characters times their size", () => {
    expect(told(["shl rsi, 2"], { rsi: rsi * 4n })).to.deep.equal(GIVEN);
  });

  it("are not told by half of a register, a byte of it, or what an instruction writes by itself", () => {
    expect(told(["mov edi, edi"], { rdi: 1n })).to.deep.equal([null, rsi, rdx, rcx]);
    expect(told(["mov dh, 1"], { rdx: 1n })).to.deep.equal([rdi, rsi, null, rcx]);
    expect(told(["mul rsi"], { rdx: 1n })).to.deep.equal([rdi, rsi, null, rcx]);
    expect(told(["pop rcx"], { rcx: 1n })).to.deep.equal([rdi, rsi, rdx, null]);
  });

  it("are not told by what comes from memory", () => {
    expect(told(["mov rsi, [rdi]"], { rsi: 1n })).to.deep.equal([rdi, null, rdx, rcx]);
  });

  it("are told where two ways meet only if both agree", () => {
    const differ = ["test rsi, rsi", "je .+6", "add rdi, 1"];
    expect(told(differ, { rdi: rdi + 1n })).to.deep.equal([null, rsi, rdx, rcx]);
    const agree = ["test rsi, rsi", "je .+6", "lea rax, [rdi+1]"];
    expect(told(agree)).to.deep.equal(GIVEN);
  });

  it("are not told in a loop by what it counts", () => {
    expect(told(["add rdi, 1", "dec rdx", "jne .-7"], { rdi: 1n, rdx: 0n })).to.deep.equal([
      ...[null, rsi, null, rcx],
    ]);
  });

  it("are not told behind a call, and not where the function is not known to come", () => {
    expect(told(["call .+5"])).to.deep.equal([null, null, null, null]);
    expect(told(["ret"])).to.deep.equal([null, null, null, null]);
  });
});

function at(code: Uint8Array, ip: number): Source | null {
  const offset = ip - ENTRY;
  return offset < 0 || offset >= code.length ? null : sourceAt(ip, code, offset);
}
