import { execFileSync, spawnSync } from "node:child_process";
import { expect } from "chai";
import { SYSCALLS } from "../../dist/kernel/table/index.js";
import { STRUCT } from "../../dist/kernel/table/structs.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler, needsProgram } from "../support/needs.js";

/** The last call that strace 6.1 knows; later ones may lack in the header, too. */
const LAST = 450;

/** Numbers that x86-64 has given out, and Linux no longer answers, or never did. */
const GONE = [
  ...["_sysctl", "create_module", "get_kernel_syms", "query_module", "nfsservctl", "getpmsg"],
  ...[
    "putpmsg",
    "afs_syscall",
    "tuxcall",
    "security",
    "epoll_ctl_old",
    "epoll_wait_old",
    "vserver",
  ],
];

/** Calls that strace prints with fewer arguments than they have, and why. */
const PRINTED_SHORT = new Map([
  ["open", "the mode only with O_CREAT"],
  ["openat", "the mode only with O_CREAT"],
  ["mq_open", "mode and attributes only with O_CREAT"],
  ["preadv", "the two halves of the offset as one"],
  ["pwritev", "the two halves of the offset as one"],
  ["preadv2", "the two halves of the offset as one"],
  ["pwritev2", "the two halves of the offset as one"],
  ["futex", "by the operation"],
  ["fcntl", "by the command"],
  ["keyctl", "by the operation"],
  ["clone", "by the flags"],
  ["mremap", "the new address only with MREMAP_FIXED"],
  ["reboot", "the text only with RESTART2"],
  ["fsconfig", "by the command"],
  ["restart_syscall", "it says which call is restarted"],
  ["mknod", "the device only of a device"],
  ["mknodat", "the device only of a device"],
  ["membarrier", "the processor only with a flag"],
]);

describe("the table of system calls", () => {
  before(function () {
    needsCompiler(this);
  });

  it("has the numbers and names of asm/unistd_64.h, each once", () => {
    const header = spawnSync("cc", ["-E", "-dM", "-"], { input: "#include <asm/unistd_64.h>\n" });
    const theirs = [...String(header.stdout).matchAll(/^#define __NR_(\w+) (\d+)$/gm)]
      .map(([, name, number]) => `${number} ${name}`)
      .filter((entry) => !GONE.includes(entry.split(" ")[1]!));
    const most = Math.max(...theirs.map((entry) => Number(entry.split(" ")[0])));
    const ours = SYSCALLS.filter(({ number }) => number <= most && !isNewerThanHeader(number));
    expect(ours.map(({ number, name }) => `${number} ${name}`)).to.have.members(theirs);
    expect(new Set(SYSCALLS.map(({ number }) => number)).size).to.equal(SYSCALLS.length);
  });

  it("has the sizes of the C headers' structures", () => {
    const printed = execFileSync(compileFixture("test/fixtures/syscalls/sizes.c", ["-w"]));
    const sizes = [...String(printed).matchAll(/^(\w+) (\d+)$/gm)];
    const wrong = sizes.filter(([, name, size]) => sizeOf(name!) !== Number(size));
    expect(wrong.map(([line]) => line)).to.deep.equal([]);
    expect(sizes.length).to.be.greaterThan(40);
  });

  it("has as many arguments as strace prints", function () {
    needsProgram(this, "strace", "strace");
    const every = compileFixture("test/fixtures/syscalls/every-call.c", [
      ...["-O1", "-nostdlib", "-static", `-DLAST=${LAST}`],
    ]);
    const inject = "inject=!exit_group,execve:error=ENOSYS";
    const { stderr } = spawnSync("strace", ["-e", inject, every], { encoding: "utf8" });
    const printed = new Map(
      stderr.split("\n").flatMap((line): [string, number][] => {
        const match = /^(\w+)\((.*)\) += -1 ENOSYS/.exec(line);
        return match ? [[match[1]!, argumentCount(match[2]!)]] : [];
      }),
    );
    const compared = SYSCALLS.filter(({ name }) => printed.has(name) && !PRINTED_SHORT.has(name));
    const wrong = compared.filter(({ name, args }) => printed.get(name) !== args.length);
    expect(wrong.map(({ name, args }) => `${name} ${args.length}: ${printed.get(name)}`)).to.eql(
      [],
    );
    expect(compared.length).to.be.greaterThan(300);
  });
});

/** uretprobe and uprobe are in a gap that older headers have. */
function isNewerThanHeader(number: number): boolean {
  return number === 335 || number === 336;
}

function sizeOf(name: string): number | undefined {
  return (STRUCT as Readonly<Record<string, number>>)[name];
}

/** Commas that stand in no parentheses separate arguments. */
function argumentCount(text: string): number {
  if (text === "") return 0;
  let depth = 0;
  let count = 1;
  for (const character of text) {
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    else if (character === "," && depth === 0) count++;
  }
  return count;
}
