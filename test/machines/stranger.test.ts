import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  constants,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createSession, sessionEnd } from "ffiscope/machines";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { skipHere } from "../support/skip.js";

const FLAGS = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"];
const stranger = () => compileFixture("test/fixtures/hostile/stranger.c", FLAGS);
const flood = () => compileFixture("test/fixtures/hostile/flood.c", FLAGS);

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

const { O_RDWR, O_RDONLY } = constants;
const O_PATH = 0o10000000; // asm-generic/fcntl.h
const [F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_WRITE] = [1, 2, 8]; // linux/fcntl.h

/** `ffiscope run`, without root. */
async function runAsNobody(options: readonly string[], words: readonly string[]) {
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const args = [MAIN, "run", ...options, "--", stranger(), ...words];
  const child = spawn(process.execPath, args, { ...user, cwd: "/" });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (said.stdout += text));
  child.stderr.on("data", (text) => (said.stderr += text));
  const [code] = await once(child, "close");
  return { code, ...said };
}

/** How a session with these words ends. */
async function endOf(words: readonly string[], env: Record<string, string> = {}) {
  const all = { ...(process.env as Record<string, string>), ...env };
  const session = createSession({ command: stranger(), args: words, env: all });
  const end = sessionEnd(session);
  session.start();
  const { retcode, violation, failure } = await end;
  return violation?.came ?? failure?.message ?? `code ${retcode}`;
}

describe("a child that is a stranger", () => {
  let folder: string;
  before(function () {
    needsCompiler(this);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-stranger-"));
    chmodSync(folder, 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => expectNothingLeft());

  for (const when of ["early", "late"]) {
    for (const options of [[], ["--events", "/dev/null"]]) {
      it(`is not dumpable, ${when}, ${options.join(" ") || "without events"}: one line says so`, async function () {
        if (isRoot && !readableByAll(MAIN)) skipHere(this, "nobody else may read the package");
        const { code, stderr } = await runAsNobody(options, ["hidden", when]);
        expect(stderr).to.match(
          /^ffiscope: the traced process does not let ffiscope look at its memory \(\/proc\/\d+\/maps: EACCES\)\. [^\n]*\n$/,
        );
        expect(code).to.equal(1);
      });
    }
  }

  it("is not dumpable, and makes no call: its exit code counts", async function () {
    if (isRoot && !readableByAll(MAIN)) skipHere(this, "nobody else may read the package");
    const ended = await runAsNobody(["--events", "/dev/null"], ["hidden", "idle"]);
    expect(ended).to.deep.equal({ code: 7, stdout: "", stderr: "" });
  });

  const claims: readonly (readonly [what: string, path: () => string, flags: number])[] = [
    ["a file that it may only find", () => join(folder, "secret"), O_PATH],
    ["a file of its own", () => join(folder, "own"), O_RDWR],
    ["a file that it may read", () => "/etc/passwd", O_RDONLY],
    ["a FIFO", () => join(folder, "fifo"), O_RDWR],
    ["a device", () => "/dev/zero", O_RDWR],
    ["a file of a tmpfs", () => "/dev/shm/ffiscope-stranger", O_RDWR],
  ];
  for (const [what, path, flags] of claims) {
    for (const message of ["EventMemory", "Heap"]) {
      it(`names ${what} in ${message}: nothing is opened, and nothing written`, async () => {
        writeFileSync(join(folder, "secret"), "secret");
        chmodSync(join(folder, "secret"), 0o600);
        writeFileSync(join(folder, "own"), "own");
        chmodSync(join(folder, "own"), 0o666);
        execFileSync("sh", ["-c", `test -p fifo || mkfifo -m 666 fifo`], { cwd: folder });
        writeFileSync("/dev/shm/ffiscope-stranger", "");
        chmodSync("/dev/shm/ffiscope-stranger", 0o666);
        const env: Record<string, string> = isRoot ? { CLAIM_AS: String(NOBODY) } : {};
        const ended = await endOf(["claim", message, path(), String(flags)], env);
        rmSync("/dev/shm/ffiscope-stranger");
        const cause = "is no memory \\(memfd_create\\)|is not open"; // O_PATH: EBADF
        expect(ended).to.match(new RegExp(`descriptor \\d+ of ${message} (?:${cause})`));
        expect(readFileSync(join(folder, "secret"), "utf8")).to.equal("secret");
        expect(readFileSync(join(folder, "own"), "utf8")).to.equal("own");
      });
    }
  }

  const memories: readonly (readonly [words: string, ended: RegExp])[] = [
    ["memory Heap 0 4096", /^code 7$/],
    [`memory Heap ${F_SEAL_SHRINK | F_SEAL_SEAL} 4096`, /^code 7$/],
    ["memory Heap -1 4096", /can be made smaller, and not be sealed/],
    ["memory Heap 0 4095", /has 4095 bytes, and 4096 were announced/],
    [`memory Heap ${F_SEAL_WRITE} 4096`, /cannot be read and written/],
    ["memory EventMemory -1 0", /^code 7$/],
    ["memory EventMemory 0 0", /^code 7$/],
    [`memory EventMemory ${F_SEAL_WRITE} 0`, /cannot be read and written/],
    ["number EventMemory 999", /descriptor 999 of EventMemory is not open/],
    ["number EventMemory -1", /descriptor -1 of EventMemory is not open/],
    ["number Heap 0", /descriptor 0 of Heap is no memory/],
  ];
  for (const [words, ended] of memories) {
    it(`gives memory: ${words}`, async () => {
      expect(await endOf(words.split(" "))).to.match(ended);
    });
  }

  it("that fails is noticed by no other session", async () => {
    const others = Array.from({ length: 3 }, () => {
      const session = createSession({ command: flood(), args: ["work", "20000"] });
      const end = sessionEnd(session);
      session.start();
      return end;
    });
    for (let i = 0; i < 5; i++) {
      expect(await endOf(["number", "EventMemory", "999"])).to.match(/is not open/);
    }
    for (const other of others) expect(await other).to.include({ retcode: 7, failure: null });
  });
});

/** By everybody, with the folders on the way. */
function readableByAll(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    execFileSync("test", ["-r", path], { uid: NOBODY, gid: NOBODY, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}
