import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { needsLibrary } from "../support/needs.js";
import { calls, withEvents } from "./support/events-file.js";
import { duringCall, expectExit } from "./support/expect.js";
import { otherScenarios } from "./support/scenario.js";
import { Session } from "./support/session.js";

const APP = fileURLToPath(new URL("../../test/fixtures/scenarios/app.mjs", import.meta.url));

const offsets = (length: number) => Array.from({ length }, (_, i) => i);

function launch(doings: string, options: readonly string[] = []): Session {
  return new Session(["node", APP, ...doings.split(" ")], { options });
}

/** What the app printed, a value a line. */
async function app(doings: string, code = 0): Promise<unknown[]> {
  const ended = await launch(doings).end();
  expectExit(ended, code);
  return ended.lines.map((line) => JSON.parse(line));
}

otherScenarios("a Node app under ffiscope run", (scenario) => {
  before(function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
  });

  scenario("its calls are traced: zlib's crc32 reads its buffer, and nothing else", async () => {
    const [crc32] = (await app("crc32")) as [Record<string, unknown>];
    expect(crc32).to.deep.include({ crc32: 907_060_870, reads: offsets(5), writes: [] });
  });

  scenario(
    "its calls are traced: libc's memcpy reads one buffer and writes the other",
    async () => {
      const [memcpy] = (await app("memcpy")) as [{ src: object; dst: object; is: string }];
      expect(memcpy.src).to.deep.include({ reads: offsets(10), writes: [] });
      expect(memcpy.dst).to.deep.include({ reads: [], writes: offsets(10) });
      expect(memcpy.is).to.equal(`0123456789${"\0".repeat(6)}`);
    },
  );

  scenario("a traced call may make several native ones, with JavaScript between them", async () => {
    const [both] = (await app("both")) as [Record<string, unknown>];
    expect(both).to.deep.include({ result: ["AAAAAAA", 7], writes: offsets(7) });
    expect(both.reads).to.include.members(offsets(8));
  });

  scenario("calls that are asked for at once take turns", async () => {
    const [told] = (await app("concurrently")) as [[number, number[]][]];
    expect(told.map(([length]) => length)).to.deep.equal([1, 2, 3]);
    for (const [length, reads] of told) expect(reads).to.include.members(offsets(length + 1));
  });

  scenario("a traced function that throws rejects, and the next call works", async () => {
    const printed = await app("throws nothing crc32");
    expect(printed.slice(0, 2)).to.deep.equal([
      "from the call",
      { result: "JavaScript", count: 0 },
    ]);
    expect(printed[2]).to.deep.include({ crc32: 907_060_870, reads: offsets(5) });
  });

  scenario("attaching twice gives the same tracee", async () => {
    expect(await app("again supervised")).to.deep.equal([true, true]);
  });

  scenario("its exit code is returned", async () => {
    await app("crc32 exit:9", 9);
  });

  scenario("its OverrideRetcode decides the exit code", async () => {
    await app("override:42 crc32", 42);
    await app("crc32 override:42 override:7 exit:9", 7);
  });

  scenario("a program that it starts does not get its channel", async () => {
    expect(await app("descriptor")).to.deep.equal([{ here: true, there: false }]);
  });

  scenario("--events has its calls", async () => {
    await withEvents(async (file) => {
      const ended = await launch("crc32 memcpy", ["--events", file]).end();
      expectExit(ended, 0);
      const told = calls(file);
      expect(told.map(({ call }) => call)).to.deep.equal([1, 2]);
      for (const { origin, symbol } of told[0]!.events) {
        expect(origin).to.equal("user");
        expect(symbol).to.match(/^libz\.so\.1/);
      }
    });
  });

  scenario("a call that dereferences null ends it, during a call", async () => {
    const ended = await launch("override:5 null").end();
    expectExit(ended, 5, duringCall("node", "was killed by SIGSEGV"));
  });

  scenario("a call that exits ends it, during a call", async () => {
    expectExit(await launch("exit-in-call:6").end(), 6, duringCall("node", "exited with code 6"));
  });

  scenario("without supervision it is told so", async () => {
    const alone = spawn(process.execPath, [APP, "crc32"], { stdio: ["ignore", "pipe", "inherit"] });
    const closed = once(alone, "close");
    let stdout = "";
    for await (const chunk of alone.stdout) stdout += chunk;
    await closed;
    const told = JSON.parse(stdout);
    expect(told.code).to.equal("NOT_SUPERVISED");
    expect(told.message).to.include("ffiscope run -- node");
    expect(alone.exitCode).to.equal(70);
  });

  scenario("killing its supervisor in a call leaves nothing", async () => {
    const session = launch("forever");
    await session.said(/waiting/);
    session.process.kill("SIGKILL");
    expect((await session.end()).signal).to.equal("SIGKILL");
  });
});
