import { expect } from "chai";
import type { Facts, StateFacts } from "../../dist/inspector/entry.js";
import { History } from "../../dist/inspector/history.js";
import { plain } from "../../dist/inspector/plain.js";
import { Timeline } from "../../dist/inspector/timeline.js";

const actor = (number: number, parent: number | null = null): Facts => ({
  ...{ kind: "actor", actor: number, name: `a${number}`, parent, machine: "m", chart: 0 },
});
const state = (number: number, name: string, status = "active"): StateFacts => ({
  ...{
    kind: "state",
    actor: number,
    state: name,
    states: { "": name },
    value: name,
    status,
    context: { name },
  },
});

describe("the inspector's history", () => {
  it("keeps at most as many entries as it is told, the newest, and counts what it drops", () => {
    const history = new History({ entries: 20, bytes: 1e9 });
    for (let i = 0; i < 1000; i++) {
      history.add(state(1, `s${i}`));
      expect(history.next - history.first).to.be.at.most(20);
    }
    expect(history.next).to.equal(1000);
    expect(history.first).to.be.within(980, 982);
    const texts = history.textsFrom(history.first, Number.POSITIVE_INFINITY);
    expect(JSON.parse(texts.at(-1)!)).to.deep.include({ seq: 999, state: "s999" });
    expect(texts).to.have.length(history.next - history.first);
  });

  it("keeps at most as many bytes as it is told, but always the newest entry", () => {
    const history = new History({ entries: 1e6, bytes: 10_000 });
    for (let i = 0; i < 100; i++) history.add({ ...state(1, "s"), context: "x".repeat(1000) });
    expect(history.next - history.first).to.be.within(5, 10);
    history.add({ ...state(1, "s"), context: "x".repeat(50_000) });
    expect(history.next - history.first).to.equal(1);
  });

  it("knows of dropped entries what they said of the actors", () => {
    const history = new History({ entries: 10, bytes: 1e9 });
    history.add(actor(1));
    history.add(actor(2, 1));
    for (let i = 0; i < 50; i++) history.add(state(2, `s${i}`));
    const { past, first } = history.opening();
    expect(past.map(({ facts }) => facts.actor)).to.deep.equal([1, 2]);
    expect(past[1]!.state!.state).to.equal(`s${first - 3}`);
    expect(past[1]!.previous).to.deep.equal({ "": `s${first - 4}` });
  });

  it("forgets actors that ended before its first entry, so that it does not grow with sessions", () => {
    const history = new History({ entries: 40, bytes: 1e9 });
    for (let i = 1; i <= 500; i++) {
      history.add(actor(i));
      history.add(state(i, "exited", "done"));
    }
    expect(history.opening().past).to.have.length.at.most(1);
  });

  it("tells what was so at each of its entries", () => {
    const timeline = new Timeline();
    const names = ["starting", "idle", "exited"];
    timeline.add({ seq: 0, at: 0, ...actor(1) });
    for (const [i, name] of names.entries()) timeline.add({ seq: i + 1, at: i, ...state(1, name) });
    const states = [0, 1, 2, 3].map((seq) => timeline.at(seq).get(1)!.state?.state ?? null);
    expect(states).to.deep.equal([null, ...names]);
    timeline.dropBefore(3);
    expect(timeline.at(3).get(1)).to.deep.include({ previous: { "": "idle" }, ended: false });
  });
});

describe("what the inspector shows of a value", () => {
  it("is bounded in depth, width and length, and says what it leaves out", () => {
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
    expect(plain(wide)).to.include({ "…": "60 more" });
    expect(plain(Array(100).fill(0))).to.have.length(41);
    expect(plain("x".repeat(1000))).to.match(/^x{400}… \(1000\)$/);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(JSON.stringify(plain(cycle)).length).to.be.below(100);
  });

  it("is JSON, whatever it is", () => {
    const values = { big: 2n ** 60n, nan: Number.NaN, bytes: new Uint8Array(5), f() {} };
    expect(plain(values)).to.deep.equal({
      ...{ big: "1152921504606846976", nan: "NaN", bytes: "(Uint8Array, 5 bytes)" },
      f: "(function f)",
    });
  });

  it("has no value of an environment", () => {
    const shown = plain({ input: { command: "node", env: { TOKEN: "secret", HOME: "/root" } } });
    expect(shown).to.deep.equal({ input: { command: "node", env: "(2 variables, not shown)" } });
  });

  it("is a text where the value throws", () => {
    const value = {
      get broken(): number {
        throw new Error("no");
      },
    };
    expect(plain(value)).to.equal("(cannot be shown: no)");
  });
});
