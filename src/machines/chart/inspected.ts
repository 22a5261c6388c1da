import type { AnyActorRef, AnyStateMachine, InspectionEvent } from "xstate";
import { sessionMachine } from "../session/session-machine.js";
import type { SessionActor } from "../session/start-session.js";
import { type Chart, chartOf } from "./chart.js";
import { sessionChart } from "./session-chart.js";

/** What an inspector needs to know of an actor. */
export interface InspectedActor {
  /** What the actor's parent calls it. */
  readonly name: string;
  /** The actor that started it; null for the root of a system. */
  readonly parent: object | null;
  /** The same for all actors of one machine; null for an actor that is no machine. */
  readonly machine: object | null;
  /** The machine's name; null for an actor that is no machine. */
  readonly machineName: string | null;
}

type ActorRef = InspectionEvent["actorRef"];

export function inspectedActor(ref: ActorRef): InspectedActor {
  const { id, _parent } = ref as AnyActorRef;
  const machine = machineOf(ref);
  return {
    name: id,
    parent: _parent ?? null,
    machine: machine?.config ?? null,
    machineName: machine?.id ?? null,
  };
}

/** The chart of the actor's machine; null for an actor that is none. */
export function chartOfActor(ref: ActorRef): Chart | null {
  const machine = machineOf(ref);
  if (machine === null) return null;
  return machine.config === sessionMachine.config ? sessionChart() : chartOf(machine);
}

/** It runs {@link sessionMachine}, also where that was provided with other implementations. */
export function isSession(ref: ActorRef): ref is ActorRef & SessionActor {
  return machineOf(ref)?.config === sessionMachine.config;
}

function machineOf(ref: ActorRef): AnyStateMachine | null {
  const { logic } = ref as { readonly logic?: Partial<AnyStateMachine> };
  return logic?.root && logic.config ? (logic as AnyStateMachine) : null;
}
