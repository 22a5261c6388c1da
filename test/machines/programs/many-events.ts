/**
 * Supervises the command that its words are, of which the last is a count, and has a tracer make up the
 * events. Prints how long the event loop was held at most, in ms, and exits with the session's code.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { MessageChannel, Worker } from "node:worker_threads";
import { type SessionEvent, type SessionInput, sessionMachine } from "ffiscope/machines";
import { type AnyEventObject, createActor, fromCallback, toPromise } from "xstate";
import { LeaseGranter } from "../../../dist/machines/link/lease-granter.js";
import type { TraceeCommand } from "../../../dist/machines/link/tracee-commands.js";
import { TraceeLink } from "../../../dist/machines/link/tracee-link.js";
import type { TracerStart } from "../../../dist/machines/link/tracer-pool.js";

const [program, ...args] = process.argv.slice(2);
const count = Number(args.at(-1));

const counter = () => new Int32Array(new SharedArrayBuffer(4));
const raise = (of: Int32Array<SharedArrayBuffer>, by: number) => {
  Atomics.add(of, 0, by);
  Atomics.notify(of, 0);
};

const tracee = fromCallback<
  { type: "tracee.command"; command: TraceeCommand },
  TracerStart,
  AnyEventObject
>(({ input, receive, sendBack }) => {
  const { port1, port2 } = new MessageChannel();
  const [heard, taken] = [counter(), counter()];
  const leaser = new LeaseGranter();
  const used = new MessageChannel();
  const shared = {
    heard,
    taken,
    begun: counter(),
    answered: counter(),
    lease: leaser.lease.memory,
  };
  const task = { ...input, ...shared, port: port2, used: used.port2 };
  const worker = new Worker(new URL("./multiplying-tracer.js", import.meta.url), {
    workerData: { task, count },
    transferList: [port2, used.port2],
  });
  const link = new TraceeLink(
    {
      port: port1,
      leaser,
      answered() {},
      heard: () => raise(heard, 1),
      taken: (batches) => raise(taken, batches),
      begun() {},
      giveUp() {},
      giveBack: (memory) => used.port1.postMessage(memory, [memory]),
      done: new Promise((resolve) => worker.once("exit", () => resolve())),
    },
    (event: SessionEvent) => sendBack(event),
  );
  worker.once("error", ({ message }) => {
    link.lost({ code: "TRACER_LOST", message, remedy: null });
  });
  receive(({ command }) => link.command(command));
  return () => link.close();
});

const input: SessionInput = { command: program!, args, symbols: false, maxEvents: 0 };
const session = createActor(sessionMachine.provide({ actors: { tracee } }), { input });
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
session.start();
const { retcode, violation, failure } = await toPromise(session);
if (violation || failure) console.error(JSON.stringify({ violation, failure }));
console.log(`held ${Math.round(delay.max / 1e6)} ms at most`);
process.exitCode = retcode;
