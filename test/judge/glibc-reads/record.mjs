// Records what glibc's string functions really access: node record.mjs, in this folder, on a
// machine with AVX-512, after a build. Writes reads.ndjson, one call a line:
//   cpu         evex, avx2 or sse2: which implementations ran
//   function, args   as step.c has them; `extent`: the bytes of each buffer that it was asked to look at
//   accesses    [argument, offset from its start, size, 1 for a write,
//               address of the instruction from the function's entry]
//   names       the function of each instruction, where it is not `function`
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Symbolizer } from "../../../dist/symbols/index.js";
import { accessesOf, decodeInstruction } from "../../../dist/x86/decode/index.js";

const PAGE = 4096;
const ARGUMENT = 8 * PAGE;
const NO_AVX512 = "-AVX512F,-AVX512VL,-AVX512BW";
const CPUS = {
  evex: "",
  avx2: `glibc.cpu.hwcaps=${NO_AVX512}`,
  sse2: `glibc.cpu.hwcaps=${NO_AVX512},-AVX2_Usable,-AVX2,-AVX_Fast_Unaligned_Load,-SSE4_2,-SSE4_1,-SSSE3`,
};

const text = (at, length) => [`b${at},${length},a0`, length + 1];
const bytes = (at, length) => [`b${at},${length},a`, length];
const number = (value) => [`i${value}`, null];
const room = () => ["b0,0,a", null];
const toPageEnd = (size) => (PAGE - (size % PAGE)) % PAGE;

/** The arguments for a string of `n` characters at `at` of a page. */
const CALLS = {
  strlen: (at, n) => [text(at, n)],
  strnlen: (at, n) => [bytes(at, n), number(n)],
  strchr: (at, n) => [text(at, n), number(0x78)],
  strrchr: (at, n) => [text(at, n), number(0x78)],
  memchr: (at, n) => [bytes(at, n), number(0x78), number(n)],
  memrchr: (at, n) => [bytes(at, n), number(0x78), number(n)],
  memcmp: (at, n) => [bytes(at, n), bytes((at + 3) % PAGE, n), number(n)],
  memcpy: (at, n) => [room(), bytes(at, n), number(n)],
  strcmp: (at, n) => [text(at, n), text((at + 3) % PAGE, n)],
  strncmp: (at, n) => [bytes(at, n), bytes((at + 3) % PAGE, n), number(n)],
  strcasecmp: (at, n) => [text(at, n), text((at + 3) % PAGE, n)],
  strcpy: (at, n) => [room(), text(at, n)],
  strncpy: (at, n) => [room(), bytes(at, n), number(n)],
  strcspn: (at, n) => [text(at, n), text(toPageEnd(4), 3)],
  strstr: (at, n) => [text(at, n), text(toPageEnd(4), 3)],
  strdup: (at, n) => [text(at, n)],
};

const folder = mkdtempSync(join(tmpdir(), "ffiscope-step-"));
const step = join(folder, "step");
execFileSync("cc", ["-O1", "-o", step, join(import.meta.dirname, "step.c")]);

function record(cpu, name, args) {
  const output = execFileSync(step, [name, ...args.map(([arg]) => arg)], {
    encoding: "utf8",
    env: { ...process.env, GLIBC_TUNABLES: CPUS[cpu] },
    maxBuffer: 2 ** 28,
  });
  const lines = output.trimEnd().split("\n");
  const tagged = (tag) =>
    lines.filter((line) => line.startsWith(`${tag} `)).map((line) => line.slice(tag.length + 1));
  const base = Number.parseInt(tagged("base")[0], 16);
  const symbols = new Symbolizer(tagged("map").join("\n"));
  for (const [fn, address] of tagged("fn").map((line) => line.split(" "))) {
    symbols.addFunction(Number.parseInt(address, 16), "libc.so.6", fn);
  }
  const accesses = [];
  const names = {};
  const steps = lines.filter((text) => /^[0-9a-f]{30} /.test(text));
  const entry = Number.parseInt(steps[0].split(" ")[2], 16);
  for (const line of steps) {
    const [code, opmasks, rip, ...registers] = line.split(" ");
    const gpr = registers.map((value) => BigInt(`0x${value}`));
    const k = opmasks.split(",").map((value) => BigInt(`0x${value}`));
    const ip = Number.parseInt(rip, 16);
    const thread = { gpr: (n) => gpr[n], opmask: (n) => k[n], fsBase: () => 0n };
    const instruction = decodeInstruction(Buffer.from(code, "hex"), ip);
    for (const { kind, address, size } of accessesOf(instruction, thread, null)) {
      const arg = Math.floor((address - base + PAGE) / ARGUMENT);
      if (address < base - PAGE || arg >= args.length || args[arg][1] === null) continue;
      const start = base + arg * ARGUMENT + Number(/\d+/.exec(args[arg][0])[0]);
      accesses.push([arg, address - start, size, kind === "write" ? 1 : 0, ip - entry]);
      const fn = symbols.functionOf(ip);
      if (fn !== name) names[ip - entry] = fn;
    }
  }
  return {
    cpu,
    function: name,
    args: args.map(([arg]) => arg),
    extent: args.map(([, size]) => size),
    accesses,
    names,
  };
}

const records = [];
for (const cpu of Object.keys(CPUS)) {
  for (const [name, argsOf] of Object.entries(CALLS)) {
    for (const length of [1, 5, 31, 33, 100, 129]) {
      for (const at of [0, 97, toPageEnd(length + 1), toPageEnd(length)]) {
        records.push(record(cpu, name, argsOf(at, length)));
      }
    }
  }
}
const file = join(import.meta.dirname, "reads.ndjson");
writeFileSync(file, records.map((line) => `${JSON.stringify(line)}\n`).join(""));
