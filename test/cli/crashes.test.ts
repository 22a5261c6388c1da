import { expect } from "chai";
import { otherScenarios } from "../scenarios/support/scenario.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { ffiscope, traceJson } from "./ffiscope.js";

/** What a crash is told as. `at`: its address; `past`: so many bytes past the buffer's start. */
interface Crash {
  readonly call: string;
  readonly args?: readonly string[];
  readonly signal?: string;
  readonly at?: string | null;
  readonly past?: number;
  readonly reason: string | null;
}

const WILD = "0x4141414141414141";
const wild = { at: WILD, reason: "non-canonical" } as const;
const buffer = ["out:64"];

const CRASHES: readonly Crash[] = [
  { call: "int read_wild(void)", ...wild },
  { call: "void write_wild(void)", ...wild },
  { call: "int call_wild(void)", ...wild },
  { call: "int call_wild_in_table(void)", ...wild },
  { call: "int jump_wild(void)", ...wild },
  { call: "void return_wild(void)", ...wild },
  { call: "void copy_wild(void)", ...wild },
  { call: "int gather_wild(void)", at: "0x4141414141414149", reason: "non-canonical" },
  { call: "void bit_wild(void)", at: "0xe00000000010000", reason: "non-canonical" },
  { call: "int straddle(void)", at: "0x7ffffffffffe", reason: "non-canonical" },
  { call: "void pop_wild_stack(void)", signal: "SIGBUS", ...wild },
  {
    call: "void move_wild_stack(void)",
    signal: "SIGBUS",
    at: "0x4141414141414149",
    reason: "non-canonical",
  },
  { call: "int read_kernel(void)", at: "0xffffffff80000123", reason: "kernel-space" },
  { call: "int call_unmapped(void)", at: "0x123456789000", reason: "unmapped" },
  { call: "int call_null(void)", at: "0x0", reason: "unmapped" },
  { call: "int call_data(void)", reason: "protected" },
  { call: "void write_code(void)", reason: "protected" },
  { call: "int load_aligned(char *p)", args: buffer, past: 1, reason: "misaligned" },
  { call: "int store_aligned(char *p)", args: buffer, past: 8, reason: "misaligned" },
  { call: "int add_aligned(char *p)", args: buffer, past: 4, reason: "misaligned" },
  { call: "int load_aligned_32(char *p)", args: buffer, past: 16, reason: "misaligned" },
  { call: "void halt(void)", at: null, reason: "forbidden" },
  { call: "void interrupt_21(void)", at: null, reason: "forbidden" },
  { call: "uint64_t recurse(void)", reason: "stack-overflow" },
  { call: "uint64_t recurse_bare(void)", reason: "stack-overflow" },
  { call: "int big_frame(int mb)", args: ["12"], reason: "stack-overflow" },
  { call: "int big_frame(int mb)", args: ["64"], reason: "stack-overflow" },
  { call: "int fixed_frame(void)", reason: "stack-overflow" },
  { call: "int recurse_in_thread(void)", reason: "stack-overflow" },
  { call: "int big_frame_in_thread(void)", reason: "stack-overflow" },
  { call: "int recurse_in_handler(void)", reason: "stack-overflow" },
  {
    call: "int divide(int a, int b)",
    args: ["1", "0"],
    signal: "SIGFPE",
    reason: "integer-division",
  },
  { call: "void trap(void)", signal: "SIGILL", reason: "illegal-instruction" },
  { call: "void breakpoint(void)", signal: "SIGTRAP", at: null, reason: "breakpoint" },
  { call: "void give_up(void)", signal: "SIGABRT", at: null, reason: "sent" },
  { call: "void raise_segv(void)", at: null, reason: "sent" },
  { call: "int past_end(void)", signal: "SIGBUS", reason: "past-file-end" },
];

/** Functions of C that the instruction is in another function than the one that was called. */
const ELSEWHERE =
  /^(?:recurse|recurse_in_\w+|big_frame_in_thread|call_unmapped|call_null|call_data|give_up|raise_segv)$/;

otherScenarios("a crash is told with what was wanted, and why", (scenario) => {
  let library: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/native/crashing.c", [
      ...["-O1", "-Wall", "-Wextra", "-Wno-infinite-recursion", "-shared", "-fPIC", "-pthread"],
      ...["-D_GNU_SOURCE", "-Wno-div-by-zero", "-Wno-array-bounds"],
    ]);
  });

  for (const engine of ["auto", "reference"]) {
    for (const { call, args = [], signal = "SIGSEGV", at, past, reason } of CRASHES) {
      scenario(
        `${[call.replace(/^\w+ |\(.*/g, ""), ...args].join(" ")}: ${reason} (${engine})`,
        async () => {
          const { code, report } = await traceJson("--engine", engine, library, call, ...args);
          const crash = report.crash!;
          expect({ code, outcome: report.outcome, signal: crash.signal }).to.deep.equal({
            code: 1,
            outcome: "crashed",
            signal,
          });
          expect(crash.reason).to.equal(reason);
          expect(crash.ip).to.match(/^0x[0-9a-f]+$/);
          if (at !== undefined) expect(crash.address).to.equal(at);
          if (past !== undefined) {
            const start = BigInt(report.buffers[0]!.address);
            expect(BigInt(crash.address!) - start).to.equal(BigInt(past));
          }
          const name = /(\w+)\(/.exec(call)![1]!;
          if (!ELSEWHERE.test(name)) expect(crash.symbol).to.include(`libcrashing.so!${name}+0x`);
          expect(crash.message).to.not.match(name === "call_null" ? /\bdereferenced/ : /\bnull\b/);
        },
      );
    }
  }

  scenario(
    "says so on the terminal: a stack that ran out, and an address that is none",
    async () => {
      const deep = await ffiscope("trace", library, "int big_frame(int mb)", "64");
      expect(deep.stdout).to.match(
        /✖ SIGSEGV at address 0x\w+ in .*big_frame\+0x\w+\n {2}the stack ran out/,
      );
      const none = await ffiscope("trace", library, "int read_wild(void)");
      expect(none.stdout).to.match(
        /✖ SIGSEGV at address 0x4141414141414141 in .*\n.*no address at all/,
      );
    },
  );

  scenario("a library cannot cut the traced heap short: its size is sealed", async () => {
    for (const engine of ["auto", "reference"]) {
      const { report } = await traceJson(
        ...["--engine", engine, "--timeout", "20000", library, "int cut_files(char *p)", "out:16"],
      );
      expect(report).to.include({ outcome: "returned", result: -1 });
    }
  });
});
