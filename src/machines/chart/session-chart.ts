import { sessionMachine } from "../session/session-machine.js";
import { branchesOf, statesOf } from "./branches.js";
import { arrowLabel, type Chart, type ChartGroup, chartOf, eventName } from "./chart.js";

/** The state in which a session waits for its child's death. It is drawn apart from the others. */
const STOPPING = "stopping";

const lifecycle = sessionMachine.states.lifecycle!;

const live = statesOf(lifecycle).filter(({ type }) => type !== "final");

const beforeStartUp = live.filter((state) =>
  branchesOf(state, "session.startTimeout").some(({ target }) => target !== null),
);

/** States of the lifecycle whose common arrows are drawn once, from a node that stands for them. */
const GROUPS: readonly ChartGroup[] = [
  {
    name: "any",
    title: `every state but ${STOPPING}`,
    members: live.filter(({ key }) => key !== STOPPING).map(({ key }) => key),
  },
  {
    name: "early",
    title: beforeStartUp.map(({ key }) => key).join(", "),
    members: beforeStartUp.map(({ key }) => key),
  },
];

/** The session machine's chart: what breaks the protocol is `violation`, a fault of ours `defect`. */
export function sessionChart(): Chart {
  return chartOf(sessionMachine, { [lifecycle.key]: GROUPS }, (event, { guard, actions }) => {
    if (actions.includes("noteViolation")) return "violation";
    if (actions.includes("noteImpossible")) return "defect";
    return arrowLabel(eventName(sessionMachine, event), guard);
  });
}
