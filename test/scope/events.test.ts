import { expect } from "chai";
import { type CallEvents, Scope, type ScopeBuffer } from "ffiscope";
import { needsCompiler } from "../support/needs.js";
import { fixtureLibrary } from "./support.js";

describe("the events of a call", () => {
  let scope: Scope;
  let events: CallEvents;
  let dst: ScopeBuffer;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open();
    const lib = await scope.load(fixtureLibrary());
    dst = await scope.alloc(4);
    const copy = lib.func("void copy(char *dst, const char *src, int n)");
    events = (await copy(dst, "abc", 4)).events;
  });

  after(() => scope?.close());

  it("are read and written in turn, as objects", () => {
    expect(events.length).to.equal(8);
    const read = [...events].map(({ kind, buffer, offset }) => `${kind} ${buffer}+${offset}`);
    const expected = [0, 1, 2, 3].flatMap((at) => [`read src+${at}`, `write dst+${at}`]);
    expect(read).to.deep.equal(expected);
    expect(events.at(-1)).to.deep.equal([...events].at(-1));
    expect(events.at(8)).to.equal(undefined);
  });

  it("are typed arrays of one length", () => {
    const { length, ...columns } = events.columns;
    expect(length).to.equal(8);
    for (const column of Object.values(columns)) expect(column).to.have.length(8);
    expect(columns.size).to.be.instanceOf(Float64Array);
    expect([...columns.offset]).to.deep.equal([0, 0, 1, 1, 2, 2, 3, 3]);
    expect([...columns.flags]).to.deep.equal([0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it("can be picked by what they are like, and by a function", () => {
    const writes = events.filter({ kind: "write" });
    expect([...writes].every(({ buffer }) => buffer === "dst")).to.equal(true);
    expect([...writes.columns.offset]).to.deep.equal([0, 1, 2, 3]);
    expect(writes.filter(({ offset }) => offset! > 1).length).to.equal(2);
    expect(events.filter({ kind: "write", buffer: "src" }).length).to.equal(0);
    expect(events.filter({ origin: "user", certain: true }).length).to.equal(8);
    expect(events.filter({ thread: 0 }).length).to.equal(0);
  });

  it("can be had by buffer, by itself or by its name", () => {
    expect(events.byBuffer(dst).length).to.equal(4);
    expect(events.byBuffer("src").length).to.equal(4);
    const names = [...events.byBuffer()].map(([name, { length }]) => `${name} ${length}`);
    expect(names).to.deep.equal(["dst 4", "src 4"]);
  });

  it("can be streamed", async () => {
    const streamed: unknown[] = [];
    for await (const access of events.stream()) streamed.push(access);
    expect(streamed).to.deep.equal([...events]);
  });

  it("are the first ones where there are more than are kept", async () => {
    await using small = await Scope.open({ maxEvents: 3 });
    const lib = await small.load(fixtureLibrary());
    const call = await lib.func("void copy(char *dst, const char *src, int n)")("1234", "abc", 4);
    expect(call.truncated).to.equal(true);
    expect([...call.events].map(({ kind }) => kind)).to.deep.equal(["read", "write", "read"]);
    expect(call.toJSON()).to.deep.include({ truncated: true });
  });
});
