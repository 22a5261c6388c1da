import { violationOf } from "../../../dist/machines/violation.js";
import { sample } from "../walk/samples.js";
import { type Branch, branches, EVENT_TYPES, FINAL_STATES, LIVE_STATES } from "../walk/table.js";
import { eventName, markdownTable } from "./text.js";

/** The state in which a session waits for its child's death. It is drawn apart from the others. */
const STOPPING = "stopping";

/** States whose common arrows are drawn once, from a node that stands for all of them. */
interface Group {
  readonly name: string;
  readonly title: string;
  readonly states: readonly string[];
}

const working: Group = {
  name: "any",
  title: `every state but ${STOPPING}`,
  states: LIVE_STATES.filter((state) => state !== STOPPING),
};

const beforeStartUp = LIVE_STATES.filter((state) =>
  branches(state, "session.startTimeout").some(({ target }) => target !== null),
);

const startUp: Group = {
  name: "early",
  title: beforeStartUp.join(", "),
  states: beforeStartUp,
};

const GROUPS = [working, startUp];

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Every way from one state to another. */
function arrows(): Arrow[] {
  return LIVE_STATES.flatMap((from) =>
    EVENT_TYPES.flatMap((event) =>
      branches(from, event)
        .filter(({ target }) => target !== null)
        .map((branch) => ({ from, to: branch.target!, label: label(event, branch) })),
    ),
  );
}

function label(event: string, { guard, actions }: Branch): string {
  if (actions.includes("noteViolation")) return "violation";
  if (actions.includes("noteImpossible")) return "defect";
  return guard === null ? eventName(event) : `${eventName(event)} [${guard}]`;
}

/** What all states of a group have is drawn once; what leads one way is one arrow. */
function drawnArrows(): Arrow[] {
  const all = arrows();
  const shared = ({ states }: Group, { from, to, label }: Arrow) =>
    states.includes(from) &&
    states.every((state) => all.some((a) => a.from === state && a.to === to && a.label === label));
  const ways = new Map<string, Set<string>>();
  for (const arrow of all) {
    const from = GROUPS.find((group) => shared(group, arrow))?.name ?? arrow.from;
    const way = `${from} --> ${arrow.to}`;
    ways.set(way, (ways.get(way) ?? new Set()).add(arrow.label));
  }
  return [...ways].map(([way, labels]) => {
    const [from, to] = way.split(" --> ") as [string, string];
    return { from, to, label: [...labels].join("<br/>") };
  });
}

/** The chart, in mermaid's language for state diagrams. */
export function mermaidChart(): string {
  const lines = [
    ...GROUPS.map(({ name, title }) => `state "${title}" as ${name}`),
    `[*] --> ${LIVE_STATES[0]}`,
    ...drawnArrows().map(({ from, to, label }) => `${from} --> ${to} : ${label}`),
    ...FINAL_STATES.map((state) => `${state} --> [*]`),
    "classDef group stroke-dasharray: 5 5",
    `class ${GROUPS.map(({ name }) => name).join(", ")} group`,
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`)].join("\n");
}

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
  working.states.map((state) => [`\`${state}\``, waitsFor(state)]),
)}

In \`stopping\` the child has been killed and the session waits for its death. \`exited\` is the end
of every session that broke no rule, whatever became of the child; \`failed\` of one that did, or
that could not go on. The supervisor returns \`override ?? the child's exit code ?? 1\`, and 1 from
\`failed\`.
`;
}
