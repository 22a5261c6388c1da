// A machine of an app's own that invokes a session, hears of its calls, and goes by how it ended.
import { fileURLToPath } from "node:url";
import { sessionMachine } from "ffiscope/machines";
import { createActor, setup, waitFor } from "xstate";

const program = fileURLToPath(new URL("traced.mjs", import.meta.url));

const appMachine = setup({
  actors: { session: sessionMachine },
  guards: { wentWell: ({ event }) => event.output.retcode === 0 },
  actions: {
    tell: ({ event }) => console.log(`done: retcode ${event.output.retcode}`),
  },
}).createMachine({
  id: "app",
  initial: "checking",
  states: {
    checking: {
      invoke: {
        src: "session",
        id: "session",
        input: { command: process.execPath, args: [program] },
        onDone: [
          { guard: "wentWell", target: "passed", actions: "tell" },
          { target: "failed", actions: "tell" },
        ],
      },
    },
    passed: { type: "final" },
    failed: { type: "final" },
  },
});

const app = createActor(appMachine);
app.start();
app.getSnapshot().children.session.on("call", ({ record }) => {
  const reads = [...record.log].filter(({ kind }) => kind === "read").length;
  console.log(`call ${record.call}: ${record.outcome}, ${reads} reads`);
});
const { value } = await waitFor(app, ({ status }) => status === "done");
process.exitCode = value === "passed" ? 0 : 1;
