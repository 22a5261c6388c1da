import { expect } from "chai";
import { sessionChart } from "ffiscope/machines";
import { createActor, setup } from "xstate";
import { chartSvg } from "../../dist/inspector/chart-svg.js";
import { type Box, hiddenArrows, layOutChart } from "../../dist/inspector/layout.js";
import { chartOfActor, inspectedActor, isSession } from "../../dist/machines/chart/inspected.js";

describe("the session's chart, laid out", () => {
  const chart = sessionChart();
  const laidOut = layOutChart(chart);

  it("has every state and every arrow", () => {
    const svg = chartSvg(chart);
    const states = [...svg.matchAll(/data-state="(\w+)"/g)].map(([, name]) => name);
    expect(states).to.have.members(chart.states.map(({ name }) => name));
    const arrows = [...svg.matchAll(/class="arrow" data-from="(\w+)" data-to="(\w+)"/g)];
    expect(arrows.map(([, from, to]) => `${from} ${to}`)).to.have.members(
      chart.arrows.map(({ from, to }) => `${from} ${to}`),
    );
  });

  it("has no state over another, and no arrow behind a state", () => {
    const { states } = laidOut;
    for (const [i, a] of states.entries()) {
      for (const b of states.slice(i + 1)) {
        expect(overlap(a, b), `${a.state.name} and ${b.state.name}`).to.equal(false);
      }
    }
    expect(hiddenArrows(laidOut)).to.equal(0);
  });

  it("has the states of a call below one another, in their order", () => {
    const way = ["starting", "seizing", "initialStop", "idle", "armed", "tracing", "delivering"];
    const heights = way.map((name) => laidOut.states.find(({ state }) => state.name === name)!.y);
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
    const { initial, states, arrows } = chartOfActor(actor)!;
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
