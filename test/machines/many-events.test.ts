import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type CallRecord, createSession, sessionEnd } from "ffiscope/machines";
import { compileWithClient, nativeLibrary } from "../clients/support/programs.js";
import { finish, supervise } from "../clients/support/supervise.js";
import { ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { skipHere } from "../support/skip.js";

const MULTIPLIED = fileURLToPath(new URL("./programs/many-events.js", import.meta.url));
const TEN_MILLION = "10000000";

/** What a supervisor has at most, in KiB: Node takes 100 MiB of it before the first event. */
const SUPERVISOR = 384 * 1024;
/** What the engine keeps in a client: 64 MiB of log, and translated code. */
const IN_CLIENT = 80 * 1024;
/** And its own 3 MiB. */
const CLIENT = 8 * 1024 + IN_CLIENT;
/** Node, and 17 bytes an event. */
const NODE_CLIENT = 288 * 1024 + IN_CLIENT;

const many = () => compileWithClient("many", ["-O1"]);

/** It printed that all were there and in order, and what memory both sides have had. */
function expectAll(stdout: string, count: string, most = CLIENT): void {
  expect(stdout).to.include(`events ${count} wrong 0\n`);
  const [, client, supervisor] = /^client (\d+) supervisor (\d+)$/m.exec(stdout)!.map(Number);
  expect(client).to.be.within(1, most);
  expect(supervisor).to.be.within(1, SUPERVISOR);
}

/** What the engine says that it did in a call of some accesses. */
async function engineStats(): Promise<CallRecord["stats"]> {
  const env = { ...(process.env as Record<string, string>), MANY_QUIET: "1" };
  const session = createSession({ command: many(), args: ["loads", "50"], env });
  let stats: CallRecord["stats"] = null;
  session.on("call", ({ record }) => {
    stats = record.stats;
  });
  const end = sessionEnd(session);
  session.start();
  await end;
  return stats;
}

describe("very many events of one call", () => {
  before(function () {
    needsCompiler(this);
  });

  it("ten million that a tracer makes up, to a plain C client: all there, in order, in bounded memory", async () => {
    const { code, stdout, stderr } = await finish(process.execPath, [
      ...[MULTIPLIED, many(), "told", TEN_MILLION],
    ]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectAll(stdout, TEN_MILLION);
  });

  it("as columns in its own memory, to a Node child", async () => {
    for (const count of ["100", TEN_MILLION]) {
      const { code, stdout, stderr } = await finish(process.execPath, [
        ...[MULTIPLIED, process.execPath, join(ROOT, "test/fixtures/clients/many.mjs")],
        ...[nativeLibrary(), count],
      ]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expectAll(stdout, count, NODE_CLIENT);
    }
  });

  it("10,000 loads", async () => {
    const { code, stdout, stderr } = await supervise([many(), "loads", "10000"]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectAll(stdout, "10000");
  });

  it("--max-events bounds what --events keeps, not what the client is sent", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "ffiscope-events-")), "events");
    const options = ["--events", file, "--max-events", "1000"];
    const { code, stdout } = await supervise([many(), "loads", "3000"], { options });
    expect(code).to.equal(0);
    expectAll(stdout, "3000");
    const { events, truncated } = JSON.parse(readFileSync(file, "utf8"));
    expect(events).to.have.length(1000);
    expect(truncated).to.equal(true);
    rmSync(dirname(file), { recursive: true });
  });

  it("an --events that cannot be written ends it with a message, once the client is done", async () => {
    const options = ["--events", "/dev/full"];
    const { code, stdout, stderr } = await supervise([many(), "loads", "10"], { options });
    expect(stdout).to.include("events 10 wrong 0\n");
    expect(stderr).to.match(/^ffiscope: the file of --events cannot be written: ENOSPC/);
    expect(code).to.equal(1);
  });

  it("ten million loads: all there, in order, in bounded memory", async function () {
    const stats = (await engineStats()) as { engine: string; fragments?: number } | null;
    expect(stats).to.not.equal(null);
    if (stats!.engine === "reference" && !stats!.fragments) {
      skipHere(this, "only the reference engine is there: ten million accesses take it an hour");
    }
    const { code, stdout, stderr } = await supervise([many(), "loads", TEN_MILLION]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expectAll(stdout, TEN_MILLION);
  });
});
