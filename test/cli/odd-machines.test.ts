import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { skip, skipHere } from "../support/skip.js";
import { type Finished, MAIN } from "./ffiscope.js";

/** Runs the command under `before`, a program that takes a command. */
function under(before: readonly string[], ...words: string[]): Promise<Finished> {
  const [program, ...args] = [...before, process.execPath, MAIN, ...words];
  const options = { timeout: 120_000, killSignal: "SIGKILL" as const };
  return new Promise((resolve) => {
    execFile(program!, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : null) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

const CALL = ["trace", "libc.so.6", "size_t strlen(const char *s)", "hello"];
const PROGRAM = ["run", "--", "/bin/true"];

/** Nothing but one line of ours, and the exit code of a machine that cannot trace. */
function expectOneLine({ code, stdout, stderr }: Finished, says: RegExp, exitCode = 3): void {
  expect(stderr).to.match(/^ffiscope: [^\n]+\n$/);
  expect(stderr).to.match(says);
  expect(stdout).to.equal("");
  expect(code).to.equal(exitCode);
}

/** With which Node opens a file: 20 in Node 20, 22 in Node 22. With fewer nothing of ours is run. */
function fewestDescriptors(): number {
  const script = join(ROOT, ".test-build/support/counts.js");
  for (let files = 20; files < 60; files++) {
    const { status, stderr } = spawnSync("prlimit", [
      `--nofile=${files}`,
      process.execPath,
      script,
    ]);
    if (status === 0 && stderr.length === 0) return files;
  }
  throw new Error("Node does not run with 60 descriptors");
}

describe("a machine that does not give what tracing needs", () => {
  const limit = (...limits: string[]) => ["prlimit", ...limits];

  before(function () {
    if (spawnSync("prlimit", ["--version"]).error) skip(this, "no prlimit: install util-linux");
  });

  it("a working directory that has been removed", async () => {
    const removed = 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$@"';
    const ended = await under(["sh", "-c", removed, "sh"], ...CALL);
    expectOneLine(ended, /the working directory has been removed .*Change to a directory/);
  });

  for (const words of [CALL, PROGRAM]) {
    it(`${words[0]}: as few descriptors as Node itself can do with, and up to 6 more`, async () => {
      const least = fewestDescriptors();
      for (let files = least; files <= least + 6; files++) {
        const ended = await under(limit(`--nofile=${files}`), ...words);
        expectOneLine(ended, /Raise the limit of open files/);
      }
    });

    it(`${words[0]}: too little address space`, async () => {
      const ended = await under(limit("--as=3000000000"), ...words);
      expectOneLine(ended, /no more memory.*Raise the limit of its address space/);
    });

    it(`${words[0]}: no files at all`, async () => {
      expectOneLine(await under(limit("--fsize=0"), ...words), /Raise the limit of a file's size/);
    });
  }

  it("trace: files that are smaller than its heap", async () => {
    const ended = await under(limit("--fsize=1000000"), ...CALL);
    expectOneLine(ended, /1000000 bytes.*Raise the limit of a file's size/);
  });

  it("doctor names the same reason, and ends with 3", async () => {
    const { code, stdout, stderr } = await under(limit("--as=3000000000"), "doctor");
    expect(stderr).to.equal("");
    expect(stdout).to.match(/^FAILS tracing .*no more memory.*ulimit -v/m);
    expect(code).to.equal(3);
  });
});

describe("a /proc that is not this process's", () => {
  before(function () {
    const tried = spawnSync("unshare", ["-Urpf", "true"]);
    if (tried.error) skip(this, "no unshare: install util-linux");
    if (tried.status !== 0) skipHere(this, "user and PID namespaces cannot be made here");
  });

  for (const words of [CALL, PROGRAM]) {
    it(`${words[0]}: another PID namespace's`, async () => {
      const ended = await under(["unshare", "-Urpf"], ...words);
      expectOneLine(ended, /\/proc is of another PID namespace.*--mount-proc/);
    });

    it(`${words[0]}: none`, async () => {
      const without = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        'mount -t tmpfs none /proc && exec "$@"',
        "sh",
      ];
      expectOneLine(await under(without, ...words), /no \/proc.*mount -t proc/);
    });
  }

  it("doctor names the same reason", async () => {
    const { code, stdout } = await under(["unshare", "-Urpf"], "doctor");
    expect(stdout).to.match(/^FAILS tracing .*another PID namespace/m);
    expect(code).to.equal(3);
  });

  it("one of its own is all that is needed", async () => {
    const { code, stderr } = await under(["unshare", "-Urpf", "--mount-proc"], ...CALL);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  });
});

describe("an output that takes nothing", () => {
  const full = (redirections: string) => ["sh", "-c", `exec "$@" ${redirections}`, "sh"];

  it("a full disk is told in one line, with code 1", async () => {
    for (const words of [CALL, ["--help"], ["doctor"], [...CALL, "--json"]]) {
      const ended = await under(full(">/dev/full"), ...words);
      expectOneLine(ended, /cannot be written \(ENOSPC.*Make room/, 1);
    }
  });

  it("where nothing can be said, the exit code says it", async () => {
    expect((await under(full(">/dev/full 2>/dev/full"), ...CALL)).code).to.equal(1);
  });

  it("closed descriptors are no obstacle", async () => {
    expect((await under(full("<&- >&-"), ...CALL)).code).to.equal(0);
    expect((await under(full("<&- >&- 2>&-"), ...CALL)).code).to.equal(0);
  });
});
