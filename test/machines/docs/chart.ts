import { sessionChart } from "../../../dist/machines/chart/session-chart.js";
import { violationOf } from "../../../dist/machines/session/violation.js";
import { sample } from "../walk/samples.js";
import { markdownTable } from "./text.js";

const { initial, states, arrows } = sessionChart();
const groups = states.filter(({ kind }) => kind === "group");
const finals = states.filter(({ kind }) => kind === "final");

/** The chart, in mermaid's language for state diagrams. */
export function mermaidChart(): string {
  const lines = [
    ...groups.map(({ name, title }) => `state "${title}" as ${name}`),
    `[*] --> ${initial}`,
    ...arrows.map(({ from, to, labels }) => `${from} --> ${to} : ${labels.join("<br/>")}`),
    ...finals.map(({ name }) => `${name} --> [*]`),
    "classDef group stroke-dasharray: 5 5",
    `class ${groups.map(({ name }) => name).join(", ")} group`,
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Those that wait for something of the child: the members of the widest group. */
const working = groups[0]!.members;

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

A dashed node stands for the states that it names: its arrows are theirs. Events that leave a
session in its state are not drawn: \`frame.overrideRetcode\`, answered in every state from
\`idle\` on, is one.

${markdownTable(
  ["state", "waits for"],
  working.map((state) => [`\`${state}\``, waitsFor(state)]),
)}

In \`stopping\` the child has been killed and the session waits for its death. \`exited\` is the end
of every session that broke no rule, whatever became of the child; \`failed\` of one that did, or
that could not go on. The supervisor returns \`override ?? the child's exit code ?? 1\`, and 1 from
\`failed\`.
`;
}
