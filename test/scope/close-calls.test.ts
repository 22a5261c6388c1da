import { basename } from "node:path";
import { expect } from "chai";
import { type CallAccess, out, Scope, type TracedCall } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { fixtureLibrary } from "./support.js";

const CRC32 = "ulong crc32(ulong crc, const uint8_t *buf, uint len)";

/** Files of the code that made accesses. */
function imagesOf(events: Iterable<CallAccess>): string[] {
  return [...new Set([...events].map(({ symbol }) => symbol?.split(/[!+]/)[0] ?? "none"))];
}

describe("calls that follow each other", () => {
  afterEach(() => expectNothingLeft());

  it("are armed as they are asked for, after the first, and go through the same states", async () => {
    const frames: string[] = [];
    const states: string[] = [];
    await using scope = await Scope.open({
      inspect: (event) => {
        if (event.type === "@xstate.event") frames.push(event.event.type);
        if (event.type !== "@xstate.snapshot" || !("value" in event.snapshot)) return;
        const { lifecycle } = event.snapshot.value as { lifecycle: string };
        if (states.at(-1) !== lifecycle) states.push(lifecycle);
      },
    });
    const crc32 = (await scope.load("libz.so.1")).func(CRC32);
    const buffer = await scope.alloc(Buffer.from("hello"));
    await crc32(0, buffer, 5);
    expect(frames).to.include.members(["frame.startFfi", "frame.functions"]);
    const stops: number[] = [];
    for (let i = 0; i < 3; i++) {
      frames.length = 0;
      states.length = 0;
      const call = await crc32(0, buffer, 5);
      expect(call.result).to.equal(907060870);
      expect(call.events.length).to.equal(5);
      stops.push(call.engineStats!.stops);
      expect(frames).to.not.include("frame.startFfi");
      expect(states).to.deep.equal(["armed", "tracing", "delivering", "idle"]);
    }
    expect(Math.min(...stops)).to.be.at.most(4); // other threads of Node have some of their own
  });

  it("that are refused leave the host as it was", async () => {
    await using scope = await Scope.open();
    const lib = await scope.load("libz.so.1");
    await lib.func(CRC32)(0, "hello", 5);
    const error = await lib
      .func("int no_such_function(int n)")(1)
      .catch((reason) => reason);
    expect(error).to.deep.include({ code: "SYMBOL_NOT_FOUND" });
    expect((await lib.func(CRC32)(0, "hello", 5)).result).to.equal(907060870);
  });

  it("name code that was loaded in a call, between calls, and by a thread that is left", async function () {
    needsCompiler(this);
    await using scope = await Scope.open();
    const plugins = compileFixture("test/fixtures/scope/plugins.c", ["-shared", "-fPIC"]);
    const lib = await scope.load(plugins);
    const bytes = await scope.alloc(Buffer.from("hello"));
    const load = lib.func("uint load_and_run(const char *path, const uint8_t *b, uint n)");
    const run = lib.func("uint run(const uint8_t *bytes, uint length)");
    await lib.func("int load_behind(const char *path)")("libz.so.1");
    const read = async (call: Promise<TracedCall>) =>
      imagesOf((await call).events.filter({ buffer: bytes }));
    expect(await read(load("libz.so.1", bytes, 5))).to.deep.equal(["libz.so.1"]);
    expect(await read(run(bytes, 5))).to.deep.equal(["libz.so.1"]);
    const other = await scope.load(fixtureLibrary());
    const copied = other.func("void copy(char *dst, const char *src, int n)")(out(5), bytes, 5);
    expect(await read(copied)).to.deep.equal([basename(fixtureLibrary())]);
    await lib.func("void let_load(void)")();
    await lib.func("void await_load(void)")();
    expect(await read(run(bytes, 5))).to.deep.equal(["libz.so.1"]);
  });
});
