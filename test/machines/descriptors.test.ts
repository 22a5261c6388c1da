import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createSession, HOST_PROGRAM, type SessionInput, sessionEnd } from "ffiscope/machines";
import { client, needsClient } from "../scenarios/support/client.js";
import { expectNothingLeft } from "../support/processes.js";
import { abortCall, traceCrc32 } from "./support/calls.js";
import { STAGES } from "./walk/stages.js";

const TWO_HEAPS = fileURLToPath(new URL("./programs/two-heaps.js", import.meta.url));

/**
 * The descriptors of this process that a session opens: its line, the child's memory, the child. Those
 * of the threads that Node starts and ends by itself are of other kinds.
 */
function ofSessions(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return /^socket:|^\/memfd:|\[pidfd\]|\/proc\/\d+\/(mem|maps)/.test(file) ? [file] : [];
    } catch {
      return []; // the folder that is being read
    }
  });
}

describe("the descriptors of a session", () => {
  let most: number;
  before(async () => {
    await expectNothingLeft();
    most = ofSessions().length;
  });
  afterEach(() => expectNothingLeft());

  /** They are closed with the tracer's last word, which comes after the session's end. */
  async function expectAllClosed(): Promise<void> {
    while (ofSessions().length > most) await new Promise((resolve) => setImmediate(resolve));
  }

  async function run(input: SessionInput) {
    const session = createSession(input);
    const end = sessionEnd(session);
    session.start();
    return end;
  }

  it("are closed where the program cannot be started, each time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ffiscope-start-"));
    const [text, unknown] = [join(folder, "text"), join(folder, "unknown")];
    writeFileSync(text, "no program\n", { mode: 0o755 });
    writeFileSync(unknown, "#!/nowhere/at-all\n", { mode: 0o755 });
    try {
      for (const command of ["/nowhere/at-all", "no-such-name", folder, text, unknown]) {
        for (let i = 0; i < 3; i++) {
          expect((await run({ command })).failure?.code, command).to.equal("PROGRAM_NOT_STARTED");
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    await expectAllClosed();
  });

  it("are closed where a child ends by itself, whatever it has announced", async function () {
    needsClient.call(this);
    const inputs: readonly [SessionInput, number][] = [
      [{ command: process.execPath, args: ["-e", "0"] }, 0],
      [{ command: "sh", args: ["-c", 'exec "$0" "$@" >/dev/null', client(), "stop", "exit:3"] }, 3],
      [{ command: process.execPath, args: [TWO_HEAPS] }, 0],
      [{ command: process.execPath, args: [TWO_HEAPS, "14"] }, 0],
    ];
    for (const [input, retcode] of inputs) {
      for (let i = 0; i < 2; i++) expect((await run(input)).retcode).to.equal(retcode);
    }
    await expectAllClosed();
  });

  it("are bounded: a child that announces one heap after the other is stopped", async () => {
    const { violation } = await run({ command: process.execPath, args: [TWO_HEAPS, "15"] });
    expect(violation).to.deep.include({ state: "idle", code: "HEAP_REFUSED" });
    await expectAllClosed();
  });

  for (const stage of STAGES) {
    for (const how of ["killed by its embedder", "killed from outside", "stopped"] as const) {
      it(`are closed where the session of a host is ${how} while ${stage}`, async () => {
        const session = createSession(HOST_PROGRAM);
        traceCrc32(session);
        let isOver = false;
        const over = new Promise<void>((resolve) => {
          session.subscribe(({ value, context, status }) => {
            if (status !== "active") resolve();
            if (isOver || value.lifecycle !== stage) return;
            isOver = true;
            if (how === "stopped") session.stop();
            else if (how === "killed by its embedder") session.send({ type: "session.kill" });
            else if (context.pid !== null) process.kill(context.pid, "SIGKILL");
            if (how === "stopped") resolve();
          });
        });
        session.start();
        await over;
        await expectAllClosed();
      });
    }
  }

  it("are closed where a call crashes, and the heap is open for whoever hears of its end", async () => {
    const session = createSession(HOST_PROGRAM);
    let file: string | null = null;
    let fd = -1;
    session.on("host", ({ heap }) => {
      fd = heap.fd;
      session.send(abortCall);
    });
    session.on("exit", () => {
      file = readlinkSync(`/proc/self/fd/${fd}`);
    });
    const end = sessionEnd(session);
    session.start();
    expect((await end).signal).to.equal("SIGABRT");
    expect(file).to.match(/^\/memfd:ffiscope-heap/);
    await expectAllClosed();
  });
});
