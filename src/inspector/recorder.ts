import { CallBuffers } from "../judge/index.js";
import {
  type Chart,
  chartOfActor,
  type HostCall,
  type Inspect,
  inspectedActor,
  isSession,
  type SessionActor,
} from "../machines/index.js";
import { type Finding, toHex } from "../model/index.js";
import { InspectedCall } from "./call-view.js";
import type { Plain, StateFacts } from "./entry.js";
import type { History } from "./history.js";
import { plain } from "./plain.js";

type Inspection = Parameters<Inspect>[0];
type ActorRef = Inspection["actorRef"];
type Asked = Pick<HostCall, "symbol" | "result" | "buffers">;

/** Calls that findings can still be added to: the last ones of all sessions. */
const JUDGEABLE_CALLS = 16;

/** Turns xstate's inspection into entries of a history. */
export class Recorder {
  /** xstate's session ids are unique within one system alone. */
  readonly #numbers = new WeakMap<object, number>();
  #actors = 0;
  /** By the machine's definition: its actors have one chart. */
  readonly #chartNumbers = new WeakMap<object, number>();
  readonly charts: Chart[] = [];
  /** The last state of each actor, as JSON: one that says nothing new is no entry. */
  readonly #states = new WeakMap<object, string>();
  /** What the host of a session was last asked to call. */
  readonly #asked = new WeakMap<object, Asked>();
  /** The number of a session's last call. */
  readonly #lastCall = new WeakMap<object, number>();
  #judgeable: { ref: object; call: number; inspected: InspectedCall }[] = [];

  constructor(readonly history: History) {}

  inspect(inspection: Inspection): void {
    const { actorRef } = inspection;
    switch (inspection.type) {
      case "@xstate.actor":
        this.#actor(actorRef);
        break;
      case "@xstate.event":
        this.#event(actorRef, inspection.sourceRef, inspection.event);
        break;
      case "@xstate.snapshot":
        this.#snapshot(actorRef, inspection.snapshot);
        break;
    }
  }

  /** False where the call is not among the last ones. */
  addFindings(ref: object, call: number, findings: readonly Finding[]): boolean {
    const found = this.#judgeable.find((known) => known.ref === ref && known.call === call);
    if (found === undefined) return false;
    const actor = this.#numberOf(ref as ActorRef);
    this.history.add({ kind: "call", actor, call: found.inspected.view(findings) });
    return true;
  }

  /** An actor may have started before the inspector was there. */
  #numberOf(ref: ActorRef): number {
    return this.#numbers.get(ref) ?? this.#actor(ref);
  }

  #actor(ref: ActorRef): number {
    const known = this.#numbers.get(ref);
    if (known !== undefined) return known;
    const { name, parent, machine, machineName } = inspectedActor(ref);
    const parentNumber = parent === null ? null : this.#numberOf(parent as ActorRef);
    const actor = ++this.#actors;
    this.#numbers.set(ref, actor);
    const chart = machine === null ? null : this.#chartNumber(ref, machine);
    const facts = { actor, name, parent: parentNumber, machine: machineName, chart };
    this.history.add({ kind: "actor", ...facts });
    if (isSession(ref)) this.#hearCalls(ref, actor);
    return actor;
  }

  #chartNumber(ref: ActorRef, machine: object): number | null {
    const known = this.#chartNumbers.get(machine);
    if (known !== undefined) return known;
    const chart = chartOfActor(ref);
    if (chart === null || chart.regions.every(({ states }) => states.length === 0)) return null;
    const number = this.charts.push(chart) - 1;
    this.#chartNumbers.set(machine, number);
    return number;
  }

  #hearCalls(session: SessionActor, actor: number): void {
    session.on("call", ({ record }) => {
      const asked = this.#asked.get(session);
      const { symbol = null, buffers = null } = asked ?? {};
      const list = buffers instanceof CallBuffers ? buffers.list : buffers;
      const inspected = new InspectedCall(record, symbol, list);
      this.#lastCall.set(session, record.call);
      this.#judgeable.push({ ref: session, call: record.call, inspected });
      this.#judgeable = this.#judgeable.slice(-JUDGEABLE_CALLS);
      this.history.add({ kind: "call", actor, call: inspected.view(null) });
    });
  }

  #event(to: ActorRef, from: ActorRef | undefined, event: { readonly type: string }): void {
    const { type, ...detail } = event;
    if (isSession(to)) this.#sessionEvent(to, event);
    this.history.add({
      ...{ kind: "event", from: from ? this.#numberOf(from) : null, to: this.#numberOf(to) },
      ...{ type, detail: plain(detail) },
    });
  }

  #sessionEvent(session: ActorRef, event: { readonly type: string }): void {
    if (event.type === "session.call") {
      this.#asked.set(session, (event as unknown as { readonly call: Asked }).call);
    }
    const call = this.#lastCall.get(session);
    const asked = this.#asked.get(session);
    if (event.type === "frame.returned" && call !== undefined) {
      const { result } = event as unknown as { readonly result: unknown };
      const actor = this.#numberOf(session);
      this.history.add({ kind: "result", actor, call, result: resultOf(asked, result) });
    }
  }

  #statesIn(ref: ActorRef, value: unknown): Record<string, string> {
    const { machine } = inspectedActor(ref);
    const chart = machine === null ? undefined : this.#chartNumbers.get(machine);
    const regions = chart === undefined ? [{ name: null }] : this.charts[chart]!.regions;
    const states = regions.flatMap(({ name }) => {
      const state = topState(name === null ? value : (value as Record<string, unknown>)[name]);
      return state === null ? [] : [[name ?? "", state]];
    });
    return Object.fromEntries(states) as Record<string, string>;
  }

  #snapshot(ref: ActorRef, snapshot: { readonly status: string }): void {
    const actor = this.#numberOf(ref);
    const { value = null, context } = snapshot as { value?: unknown; context?: unknown };
    const states = this.#statesIn(ref, value);
    const facts: StateFacts = {
      ...{ kind: "state", actor, state: Object.values(states)[0] ?? null, states },
      value: plain(value),
      ...{ status: snapshot.status, context: plain(context) },
    };
    const text = JSON.stringify(facts);
    if (this.#states.get(ref) === text) return;
    this.#states.set(ref, text);
    this.history.add(facts);
  }
}

/** A pointer in hex, as everywhere. */
function resultOf(asked: Asked | undefined, result: unknown): Plain {
  const isPointer = asked?.result === "ptr" && result !== null;
  return isPointer ? toHex(BigInt(result as string | number)) : plain(result);
}

/** The state right under a root or a region. */
function topState(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return null;
  return Object.keys(value)[0] ?? null;
}
