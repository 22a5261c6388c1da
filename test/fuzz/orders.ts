import fc from "fast-check";
import { type SessionEvent, sessionMachine } from "ffiscope/machines";
import { initialTransition } from "xstate";
import { graceOver } from "../machines/walk/events.js";
import { INPUT, isOver, type Snapshot } from "../machines/walk/paths.js";
import { SAMPLES } from "../machines/walk/samples.js";
import { type Step, step } from "../machines/walk/step.js";
import { OrderOracle, type Seen } from "./order-oracle.js";
import { count, type FuzzRun, holds, type Totals } from "./property.js";

/** What a child and its tracer say. What the app sends its session is not the protocol's. */
const SAID: readonly SessionEvent[] = Object.values(SAMPLES)
  .flat()
  .filter(({ type }) => !/^session\.|^tracee\.(?:accesses|failed)$/.test(type));

/** A call as it should be, so that sequences get far; each may be cut short by what comes instead. */
const START_UP = ["tracee.spawned", "tracee.seized", "tracee.ready"] as const;
const CALL = [
  ...["frame.startFfi", "tracee.tracing", "tracee.callEnded", "channel.delivered"],
] as SessionEvent["type"][];

const sampled = (types: readonly SessionEvent["type"][]) =>
  types.map((type) => SAMPLES[type][0] as SessionEvent);

const override = fc
  .integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  .map((code): SessionEvent => ({ type: "frame.overrideRetcode", code }));
const exit = fc.constantFrom(0, 3, 255, null).map(
  (code): SessionEvent => ({
    type: "tracee.exited",
    code,
    signal: code === null ? "SIGKILL" : null,
  }),
);

const piece: fc.Arbitrary<readonly (SessionEvent | "wait")[]> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(CALL.length).map((length) => sampled(CALL.slice(0, length))) },
  { weight: 3, arbitrary: fc.constantFrom(...SAID).map((event) => [event]) },
  { weight: 3, arbitrary: override.map((event) => [event]) },
  { weight: 1, arbitrary: exit.map((event) => [event]) },
  { weight: 1, arbitrary: fc.constant(["wait" as const]) },
);

const order = fc
  .tuple(
    fc.oneof(fc.constant(START_UP.length), fc.nat(START_UP.length)),
    fc.array(piece, { maxLength: 12 }),
  )
  .map(([started, pieces]) => [...sampled(START_UP.slice(0, started)), ...pieces.flat()]);

/**
 * Whatever the order in which things come, the session does what the protocol says, event by event:
 * what it confirms and delivers, how calls end, when the child is killed, what is a violation, what is
 * returned. Nothing is run: transitions are computed.
 */
export function fuzzOrders(run: FuzzRun, totals: Totals = new Map()): Totals {
  holds(order, run, (events) => {
    const oracle = new OrderOracle();
    const session = new Watched();
    for (const event of events) {
      if (event === "wait" ? !oracle.isWaitingForExit : !oracle.canBe(event)) continue;
      if (oracle.seen().over) break;
      session.take(event === "wait" ? graceOver : event);
      if (event === "wait") oracle.graceIsOver();
      else oracle.take(event);
      count(totals, "events");
      const [seen, due] = [session.seen(), oracle.seen()].map((each) => JSON.stringify(each));
      if (seen !== due) throw new Error(`after ${JSON.stringify(event)}: ${seen}, due: ${due}`);
    }
    const { over, violation } = oracle.seen();
    count(
      totals,
      violation !== null ? "violations" : over ? "sessions that ended" : "sessions that go on",
    );
  });
  return totals;
}

/** A session, by what it tells its link and its listeners. */
class Watched {
  #snapshot: Snapshot = initialTransition(sessionMachine, INPUT)[0];
  #confirmed: Seen["confirmed"][number][] = [];
  #delivered = 0;
  #calls: Seen["calls"][number][] = [];
  #killed = false;

  take(event: SessionEvent): void {
    const taken: Step = step(this.#snapshot, event);
    this.#snapshot = taken.next;
    for (const { type } of taken.commands) {
      if (type === "arm")
        this.#confirmed.push("call"); // the tracer's arming comes with it
      else if (type === "confirm") this.#confirmed.push("override");
      else if (type === "deliver") this.#delivered++;
      else if (type === "kill") this.#killed = true;
    }
    for (const emitted of taken.emitted) {
      if (emitted.type === "call") {
        this.#calls.push(emitted.record.outcome as Seen["calls"][number]);
      }
    }
  }

  seen(): Seen {
    const { context, output } = this.#snapshot;
    if (context.failure) throw new Error(`the session failed: ${context.failure.message}`);
    return {
      confirmed: this.#confirmed,
      delivered: this.#delivered,
      calls: this.#calls,
      killed: this.#killed,
      over: isOver(this.#snapshot),
      retcode: output?.retcode ?? null,
      violation: context.violation?.came.replace(/(a frame that cannot be read) .*/, "$1") ?? null,
    };
  }
}
