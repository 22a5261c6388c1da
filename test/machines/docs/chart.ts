import type { ChartRegion } from "ffiscope/machines";
import { sessionChart } from "../../../dist/machines/chart/session-chart.js";
import { violationOf } from "../../../dist/machines/session/violation.js";
import { sample } from "../walk/samples.js";
import { branches, LIVE_STATES } from "../walk/table.js";
import { markdownTable } from "./text.js";

const { regions } = sessionChart();

/** The chart, in mermaid's language for state diagrams: `--` stands between regions. */
export function mermaidChart(): string {
  const lines = [
    "state session {",
    ...regions.flatMap((region, i) => [...(i > 0 ? ["  --"] : []), ...regionLines(region)]),
    "}",
    "classDef group stroke-dasharray: 5 5",
    `class ${groupsOf(regions[0]!)
      .map(({ name }) => name)
      .join(", ")} group`,
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`)].join("\n");
}

function regionLines(region: ChartRegion): string[] {
  const { name, initial, states, arrows } = region;
  const finals = states.filter(({ kind }) => kind === "final");
  const lines = [
    ...groupsOf(region).map((group) => `state "${group.title}" as ${group.name}`),
    `[*] --> ${initial}`,
    ...arrows.map(({ from, to, labels }) => `${from} --> ${to} : ${labels.join("<br/>")}`),
    ...finals.map((state) => `${state.name} --> [*]`),
  ];
  return [`  state ${name} {`, ...lines.map((line) => `    ${line}`), "  }"];
}

function groupsOf({ states }: ChartRegion) {
  return states.filter(({ kind }) => kind === "group");
}

/** What an OverrideRetcode does in a state of the lifecycle. */
function overrideIn(state: string): string {
  const [own] = branches(state, "frame.overrideRetcode");
  if (own!.actions.includes("noteViolation")) return "a violation";
  if (own!.actions.includes("ignore")) return "not heeded";
  return "set, confirmed, and told to listeners";
}

/** Where that is in a session. */
const POSITIONS: Readonly<Record<string, string>> = {
  starting: "before start-up",
  seizing: "before start-up",
  initialStop: "before start-up",
  idle: "before, between and after calls",
  armed: "in a call: StartFfi is confirmed, SIGSTOP has not come",
  tracing: "in a call: native code runs",
  delivering: "in a call: its MemEvents are on their way",
  severed: "the line is closed: what was sent before that",
  stopping: "the child has been killed",
};

/** Those that wait for something of the child: the members of the widest group. */
const working = groupsOf(regions[0]!)[0]!.members;

function waitsFor(state: string): string {
  return violationOf(state, sample("frame.startFfi")).expected;
}

/** `docs/session.md`. */
export function chartDocument(): string {
  return `# A session

One session supervises one program, from its start to its end. It is an XState machine,
\`sessionMachine\` of \`ffiscope/machines\`, and the only authority on the protocol's order.
This file is drawn from the machine by \`npm run docs\`, and a test fails where it is stale.
What each event means in each state is in [protocol-matrix.md](protocol-matrix.md).

\`\`\`mermaid
${mermaidChart()}
\`\`\`

The machine is parallel: a session is in one state of each region at a time, and its value is
\`{ lifecycle: "idle", retcode: "none" }\`. A dashed node stands for the states that it names: its
arrows are theirs. Events that leave a region in its state are not drawn.

\`lifecycle\` says what the session waits for:

${markdownTable(
  ["state", "waits for"],
  working.map((state) => [`\`${state}\``, waitsFor(state)]),
)}

\`retcode\` says what decides the code that the supervisor returns: in \`none\` the child, else its last
\`OverrideRetcode\`. One may come in most states of the lifecycle, and changes none of them. Whether it
may come is decided by the lifecycle:

${markdownTable(
  ["lifecycle", "which is", "an OverrideRetcode is"],
  LIVE_STATES.map((state) => [`\`${state}\``, POSITIONS[state]!, overrideIn(state)]),
)}

In \`stopping\` the child has been killed and the session waits for its death. \`exited\` is the end
of every session that broke no rule, whatever became of the child; \`failed\` of one that did, or
that could not go on. With either, \`retcode\` is settled and the session done. The supervisor
returns \`override ?? the child's exit code ?? 1\`, and 1 from \`failed\`.
`;
}
