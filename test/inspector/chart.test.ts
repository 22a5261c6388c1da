import { expect } from "chai";
import { type ChartRegion, sessionChart } from "ffiscope/machines";
import { createActor, setup } from "xstate";
import { chartSvg } from "../../dist/inspector/chart-svg.js";
import { type Box, hiddenArrows, layOutChart } from "../../dist/inspector/layout.js";
import { chartOfActor, inspectedActor, isSession } from "../../dist/machines/chart/inspected.js";

describe("the session's chart, laid out", () => {
  const chart = sessionChart();
  const laidOut = layOutChart(chart);
  const [lifecycle, retcode] = laidOut.regions;
  const all = chart.regions.flatMap(({ states }) => states);

  it("has every state and every arrow", () => {
    const svg = chartSvg(chart);
    const states = [...svg.matchAll(/data-state="(\w+)"/g)].map(([, name]) => name);
    expect(states).to.have.members(all.map(({ name }) => name));
    const arrows = [
      ...svg.matchAll(/class="arrow" data-region="\w+" data-from="(\w+)" data-to="(\w+)"/g),
    ];
    expect(arrows.map(([, from, to]) => `${from} ${to}`)).to.have.members(
      chart.regions.flatMap(({ arrows }) => arrows.map(({ from, to }) => `${from} ${to}`)),
    );
  });

  it("has no state over another, and no arrow behind a state", () => {
    for (const { states } of laidOut.regions) {
      for (const [i, a] of states.entries()) {
        for (const b of states.slice(i + 1)) {
          expect(overlap(a, b), `${a.state.name} and ${b.state.name}`).to.equal(false);
        }
      }
    }
    expect(laidOut.regions.map(hiddenArrows)).to.deep.equal([0, 0]);
  });

  it("has its regions below one another, and an override's arrows in that of the retcode", () => {
    expect(laidOut.regions.map(({ name }) => name)).to.deep.equal(["lifecycle", "retcode"]);
    expect(retcode!.top).to.be.above(lifecycle!.top + lifecycle!.height);
    expect(laidOut.height).to.equal(retcode!.top + retcode!.height);
    expect(laidOut.width).to.equal(Math.max(lifecycle!.width, retcode!.width));
    const arrows = retcode!.arrows.map(({ arrow }) => arrow);
    const [labels, over] = [["frame.overrideRetcode [mayOverride]"], ["done: session.lifecycle"]];
    expect(arrows).to.have.deep.members([
      { from: "none", to: "overridden", labels },
      { from: "overridden", to: "overriddenAgain", labels },
      { from: "overriddenAgain", to: "overriddenAgain", labels },
      { from: "none", to: "settled", labels: over },
      { from: "overridden", to: "settled", labels: over },
      { from: "overriddenAgain", to: "settled", labels: over },
    ]);
  });

  it("has the states of a call below one another, in their order", () => {
    const way = ["starting", "seizing", "initialStop", "idle", "armed", "tracing", "delivering"];
    const heights = way.map(
      (name) => lifecycle!.states.find(({ state }) => state.name === name)!.y,
    );
    expect(heights).to.deep.equal(heights.toSorted((a, b) => a - b));
  });
});

describe("a chart of another machine", () => {
  const machine = setup({}).createMachine({
    id: "door",
    initial: "shut",
    states: {
      shut: { on: { open: "ajar", "lock <&>": { target: "shut", reenter: true } } },
      ajar: {
        initial: "narrow",
        states: { narrow: { on: { push: "wide" } }, wide: { on: { slam: "#door.shut" } } },
        after: { 500: "gone" },
      },
      gone: { type: "final" },
    },
  });
  const actor = createActor(machine);

  it("has the states under its root, and what leads from one to another", () => {
    const [{ name: region, initial, states, arrows }, ...others] = chartOfActor(actor)!.regions as [
      ChartRegion,
    ];
    expect([region, ...others]).to.deep.equal([null]);
    expect(initial).to.equal("shut");
    expect(states.map(({ name, kind }) => `${name} ${kind}`)).to.deep.equal([
      ...["shut live", "ajar live", "gone final"],
    ]);
    expect(arrows).to.deep.equal([
      { from: "shut", to: "ajar", labels: ["open"] },
      { from: "shut", to: "shut", labels: ["lock <&>"] },
      { from: "ajar", to: "gone", labels: ["after 500 ms"] },
      { from: "ajar", to: "shut", labels: ["slam"] },
    ]);
  });

  it("is drawn with its texts as they are", () => {
    expect(chartSvg(chartOfActor(actor)!)).to.include(">lock &lt;&amp;&gt;</text>");
  });

  it("is not a session's", () => {
    expect(isSession(actor)).to.equal(false);
    expect(inspectedActor(actor)).to.deep.include({ machineName: "door", parent: null });
  });
});

function overlap(a: Box, b: Box): boolean {
  return (
    Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2
  );
}
