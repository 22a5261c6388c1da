import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import {
  Decoder,
  DecoderOptions,
  EncodingKind,
  Instruction,
  InstructionInfoFactory,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
} from "iced-x86";
import { writtenBy } from "../../dist/fragments/translate/emit-instruction.js";
import { displacementOf, type EncodingClass } from "../../dist/x86/encoding/encoding-class.js";
import { classOf, knownClass } from "../../dist/x86/encoding/known-classes.js";
import { learnClass } from "../../dist/x86/encoding/learn-class.js";
import {
  hasMemoryOperand,
  isRipRelative,
  parseInstruction,
  type RawInstruction,
} from "../../dist/x86/encoding/raw-instruction.js";
import { Field, registerIn, scaleIn } from "../../dist/x86/encoding/register-fields.js";
import { skip } from "../support/skip.js";
import { textSection } from "./elf-text.js";

const FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64"];
const LIBRARIES = ["libc.so.6", "libm.so.6", "libz.so.1", "libstdc++.so.6"];

/** What iced says it may have said for less. */
const WRITES = new Set([
  ...[OpAccess.Write, OpAccess.CondWrite, OpAccess.ReadWrite, OpAccess.ReadCondWrite],
]);

const instruction = new Instruction();
const infoFactory = new InstructionInfoFactory();

/**
 * Every instruction of a library, one after the other as `objdump -d` takes them: its parts are where iced
 * has them.
 */
describe("the parts of every instruction of", () => {
  for (const library of LIBRARIES) {
    it(library, function () {
      const path = FOLDERS.map((folder) => `${folder}/${library}`).find((file) => existsSync(file));
      if (!path) skip(this, `no ${library}`);
      const { address, code } = textSection(readFileSync(path!));
      const differences: string[] = [];
      let compared = 0;
      const decoder = new Decoder(64, code, DecoderOptions.None);
      decoder.ip = BigInt(address);
      while (decoder.canDecode && differences.length < 20) {
        const at = decoder.position;
        decoder.decodeOut(instruction);
        if (instruction.isInvalid) continue;
        compared++;
        const bytes = code.subarray(at, at + 15);
        const difference = differenceOf(bytes);
        if (difference === null) continue;
        const hex = Buffer.from(bytes.subarray(0, instruction.length)).toString("hex");
        differences.push(`${hex} ${instruction.toString()}: ${difference}`);
      }
      decoder.free();
      expect(differences.join("\n")).to.equal("");
      expect(compared).to.be.greaterThan(10_000);
    });
  }
});

function differenceOf(bytes: Uint8Array): string | null {
  const raw = parseInstruction(bytes);
  if (!raw) return instruction.encoding === EncodingKind.XOP ? null : "not parsed";
  const encodingClass = classOf(raw);
  if (!encodingClass) return "no encodingClass";
  const length = raw.headLength + encodingClass.immediateSize;
  if (length !== instruction.length) return `length ${length}`;
  return (
    memoryDifference(raw, encodingClass) ??
    writesDifference(raw, encodingClass) ??
    // What was learnt of another instruction, or when the package was built, holds for this one.
    exampleDifference(encodingClass, learnClass(raw)!)
  );
}

function memoryDifference(raw: RawInstruction, encodingClass: EncodingClass): string | null {
  const kinds = Array.from({ length: instruction.opCount }, (_, n) => instruction.opKind(n));
  const names = kinds.includes(OpKind.Memory);
  // `xlat`, `maskmov` and the like have memory that no ModRM names.
  if (hasMemoryOperand(raw) !== names)
    return names && encodingClass.memory === "special" ? null : "memory";
  if (!names) return null;
  if (isRipRelative(raw) !== (instruction.memoryBase === Register.RIP)) return "rip";
  const base = isRipRelative(raw) ? -1 : numberOf(instruction.memoryBase);
  if (registerIn(raw, Field.base) !== base) return `base ${registerIn(raw, Field.base)}`;
  const isVector = !RegisterExt.isGPR(instruction.memoryIndex);
  if (instruction.memoryIndex !== Register.None && isVector) return null;
  const index = numberOf(instruction.memoryIndex);
  if (registerIn(raw, Field.index) !== index) return `index ${registerIn(raw, Field.index)}`;
  if (index >= 0 && scaleIn(raw) !== instruction.memoryIndexScale) return `scale ${scaleIn(raw)}`;
  const wanted = isRipRelative(raw)
    ? instruction.memoryDisplacement - instruction.nextIP
    : instruction.memoryDisplacement;
  const displacement = displacementOf(raw, encodingClass);
  if (BigInt.asIntN(32, wanted) !== BigInt(displacement)) return `displacement ${displacement}`;
  return null;
}

/** All general registers that are written are known to be, and none besides but rsp's. */
function writesDifference(raw: RawInstruction, encodingClass: EncodingClass): string | null {
  const info = infoFactory.info(instruction);
  let wanted = 0;
  for (const used of info.usedRegisters()) {
    if (WRITES.has(used.access) && RegisterExt.isGPR(used.register)) {
      wanted |= 1 << numberOf(RegisterExt.fullRegister(used.register));
    }
    used.free();
  }
  info.free();
  const written = writtenBy(raw, encodingClass);
  return (wanted & ~written) === 0
    ? null
    : `writes ${written.toString(2)}, not ${wanted.toString(2)}`;
}

function exampleDifference(encodingClass: EncodingClass, own: EncodingClass): string | null {
  // Which registers it writes besides is compared with iced.
  const [a, b] = [encodingClass, own].map((of) => JSON.stringify({ ...of, impliedWrites: 0 }));
  return a === b ? null : `${a}, by itself ${b}`;
}

const numberOf = (register: Register) =>
  register === Register.None ? -1 : RegisterExt.number(register);

describe("the encodingClasses that a package is built with", () => {
  // lock add [rip + 0x13e980], rax; lock cmpxchg [rdi], edx; lock cmpxchg16b [rdi]; lock inc dword [rdi]
  for (const hex of ["f048010580e91300", "f00fb117", "f0480fc70f", "f0ff07"]) {
    it(`have ${hex}, with its lock`, () => {
      const code = Buffer.alloc(15);
      code.write(hex, "hex");
      expect(knownClass(parseInstruction(code)!)).not.to.equal(null);
    });
  }
});
