import {
  type Branch,
  branches,
  EVENT_TYPES,
  FINAL_STATES,
  LIVE_STATES,
  onEntryAndExit,
  RETCODE_EVENTS,
  RETCODE_STATES,
  type Region,
} from "../walk/table.js";
import { eventName, markdownTable } from "./text.js";
import { ACTIONS, GUARDS } from "./words.js";

/** Where an outcome is the same in many states, a word says it. */
const WORDS: Readonly<Record<string, string>> = {
  ignore: "·",
  noteViolation: "violation",
  noteImpossible: "defect",
};

/** What `event` does in `state`, in a cell. */
function cell(state: string, event: string, region: Region = "lifecycle"): string {
  return branches(state, event, region)
    .map((branch) => `${branch.guard === null ? "" : `${branch.guard}: `}${outcome(branch)}`)
    .join("<br>");
}

function outcome({ target, actions }: Branch): string {
  const word = actions.length === 1 ? WORDS[actions[0]!] : undefined;
  if (word !== undefined) return word;
  const names = actions.join(", ");
  if (target === null) return names;
  return names === "" ? `**${target}**` : `**${target}**: ${names}`;
}

function table(...prefixes: string[]): string {
  const events = EVENT_TYPES.filter((event) => prefixes.some((start) => event.startsWith(start)));
  return markdownTable(
    ["", ...LIVE_STATES],
    events.map((event) => [
      `\`${eventName(event)}\``,
      ...LIVE_STATES.map((state) => cell(state, event)),
    ]),
  );
}

/** What the other region has for the events that it heeds. */
function retcodeTable(): string {
  return markdownTable(
    ["", ...RETCODE_STATES],
    RETCODE_EVENTS.map((event) => [
      `\`${eventName(event)}\``,
      ...RETCODE_STATES.map((state) => cell(state, event, "retcode")),
    ]),
  );
}

/** What a state does when it is entered and when it is left. */
function comingAndGoing(): string {
  const states = [...LIVE_STATES, ...FINAL_STATES].map((state) => [
    state,
    ...onEntryAndExit(state),
  ]);
  const rows = [["the session", ...onEntryAndExit(null)], ...states];
  return markdownTable(
    ["", "entered", "left"],
    rows.filter(([, entered, left]) => entered !== "" || left !== ""),
  );
}

const legend = (names: Readonly<Record<string, string>>) =>
  markdownTable(
    ["name", "meaning"],
    Object.entries(names).map(([name, meaning]) => [`\`${name}\``, meaning]),
  );

/** `docs/protocol-matrix.md`. */
export function matrixDocument(): string {
  return `# What every event means in every state

This file is printed from the session machine (\`src/machines/session/session-definition.ts\`) by
\`npm run docs\`, and a test fails where it is stale. The chart is in [session.md](session.md).

The machine has two regions, \`lifecycle\` and \`retcode\`, and every event goes to both. Each cell says
what the session does when the event of its row comes in the state of its column. The columns are
states of the lifecycle, but for the table of the region \`retcode\`:

- **state** in bold: the session goes there, and does what follows the colon. Without one it stays.
- \`·\`: it takes no notice, on purpose.
- violation: a breach of the protocol. The child is killed (\`stopping\`), the session ends in
  \`failed\`, and the supervisor returns 1. The violation names the state, what came, and what was
  expected there.
- defect: the tracer cannot have seen that. The session ends as after a violation and says so.
- Where a cell begins with a guard, its first line whose guard holds is what happens.

No pair is left out: a test asks the machine for each of them, and walks to each line.
In ${FINAL_STATES.map((state) => `\`${state}\``).join(" and ")} the session is over, and nothing that comes has an effect.

## From the tracer

What the thread that holds ptrace has seen of the child.

${table("tracee.")}

## From the child

The frames of its channel. \`frame.malformed\` is one that cannot be read.

${table("frame.")}

## The channel

${table("channel.")}

## From the embedding program, and timers

${table("session.", "xstate.")}

A cell is empty where a timer does not run.

## The region retcode

It heeds the child's override where the lifecycle leaves it to it, and the lifecycle's end.

${retcodeTable()}

## Entering and leaving a state

${comingAndGoing()}

## Guards

${legend(GUARDS)}

## Actions

${legend(ACTIONS)}
`;
}
