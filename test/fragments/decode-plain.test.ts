import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { TraceeAddress } from "../../dist/model/index.js";
import { type DecodedInstruction, decodeInstruction } from "../../dist/x86/decode/index.js";
import { decodePlain } from "../../dist/x86/encoding/decode-plain.js";
import { skip } from "../support/skip.js";
import { textSection } from "./elf-text.js";

const FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64"];
const MAX_LENGTH = 15;

const bytesOf = (hex: string) =>
  Uint8Array.from(Buffer.from(hex.padEnd(2 * MAX_LENGTH, "0"), "hex"));
const textOf = (instruction: DecodedInstruction) => {
  const { ip, length, form, operands, needs, pushesFlags } = instruction;
  const bigint = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value);
  return JSON.stringify({ ip, length, form, operands, needs, pushesFlags }, bigint);
};

describe("an instruction decoded by its encodingClass", () => {
  for (const library of ["libc.so.6", "libm.so.6", "libz.so.1"]) {
    it(`is what iced makes of it: all of ${library}`, function () {
      const path = FOLDERS.map((folder) => `${folder}/${library}`).find((file) => existsSync(file));
      if (!path) skip(this, `no ${library}`);
      const { address, code } = textSection(readFileSync(path!));
      const differences: string[] = [];
      let compared = 0;
      for (let at = 0; at < code.length && differences.length < 20; ) {
        const bytes = code.subarray(at, at + MAX_LENGTH);
        const ip = (address + at) as TraceeAddress;
        const iced = decodeInstruction(bytes, ip);
        at += iced.length || 1;
        const plain = decodePlain(bytes, ip);
        if (!plain) continue;
        compared++;
        if (textOf(plain) === textOf(iced)) continue;
        differences.push(`${Buffer.from(bytes).toString("hex")}: ${textOf(plain)} ${textOf(iced)}`);
      }
      expect(differences.join("\n")).to.equal("");
      expect(compared).to.be.greaterThan(1_000);
    });
  }

  const others = {
    "no memory operand": "89d8",
    "an operand of the stack": "50",
    "a string instruction": "f3a4",
    "a call through memory": "ff17",
    "a segment of its own": "64488b0425000000",
    "a conditional write": "f00fb10f",
    "flags that are pushed": "9c",
  };
  for (const [what, hex] of Object.entries(others)) {
    it(`is left to iced where it has ${what}`, () => {
      expect(decodePlain(bytesOf(hex), 0 as TraceeAddress)).to.equal(null);
    });
  }

  it("is left to iced where it is cut off", () => {
    const whole = bytesOf("c70712345678").subarray(0, 6);
    expect(decodePlain(whole, 0 as TraceeAddress)?.length).to.equal(6);
    expect(decodePlain(whole.subarray(0, 5), 0 as TraceeAddress)).to.equal(null);
  });
});
