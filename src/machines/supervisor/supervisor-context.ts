import { checkOptions, DEFAULTS } from "../../model/index.js";
import type { CallRecord } from "../session/session-events.js";
import type { SessionOutput } from "../session/session-output.js";
import type { Restarts } from "./restart-intensity.js";
import type { ChildRequest, ChildSpec, SupervisorInput } from "./supervisor-events.js";
import { SUPERVISOR_INPUT } from "./supervisor-spec.js";

/** What a supervisor remembers. It survives JSON. */
export interface SupervisorContext {
  readonly intensity: number;
  /** In ms. */
  readonly period: number;
  /** In the order in which they were started. */
  readonly children: readonly Child[];
  /** At the start; empty after it. */
  readonly toStart: readonly ChildSpec[];
  /** Of all children, within the period. */
  readonly restarts: Restarts;
  /** Why it ends; null while it does not. */
  readonly ending: {
    readonly reason: "shutdown" | "intensity";
    readonly message: string | null;
  } | null;
}

/** A child. */
export interface Child {
  readonly spec: Required<ChildSpec>;
  /** `ending`: asked to, or killed. `ended`: it does not run, and is kept. */
  readonly state: "running" | "ending" | "ended";
  readonly pid: number | null;
  readonly restarts: number;
  /** It is a host that is up: it can be asked. */
  readonly isHost: boolean;
  /** What it is asked now. */
  readonly asked: Asked | null;
  readonly waiting: readonly ChildRequest[];
}

export interface Asked {
  readonly request: ChildRequest;
  /** Of a call that is over. */
  readonly record: CallRecord | null;
}

/** Throws FfiscopeError INVALID_OPTION. */
export function initialContext(input: SupervisorInput): SupervisorContext {
  checkOptions(input, SUPERVISOR_INPUT, "supervisorMachine");
  return {
    intensity: input.intensity ?? DEFAULTS.restartIntensity,
    period: input.period ?? DEFAULTS.restartPeriodMs,
    children: [],
    toStart: input.children ?? [],
    restarts: [],
    ending: null,
  };
}

export function newChild(spec: ChildSpec): Child {
  const { restart = "permanent", shutdown = DEFAULTS.shutdownMs } = spec;
  return { spec: { ...spec, restart, shutdown }, restarts: 0, ...NOT_UP, waiting: [] };
}

/** What is so of one that has just been started. */
export const NOT_UP = { state: "running", pid: null, isHost: false, asked: null } as const;

export function childOf(context: SupervisorContext, id: string): Child | undefined {
  return context.children.find(({ spec }) => spec.id === id);
}

/** `context` with `change` made to one child. */
export function withChild(
  context: SupervisorContext,
  id: string,
  change: Partial<Child>,
): SupervisorContext {
  const children = context.children.map((child) =>
    child.spec.id === id ? { ...child, ...change } : child,
  );
  return { ...context, children };
}

export function withoutChild(context: SupervisorContext, id: string): SupervisorContext {
  return { ...context, children: context.children.filter(({ spec }) => spec.id !== id) };
}

/** It did what it was started for: OTP's `normal`. */
export function endedWell({ retcode, signal, violation, failure }: SessionOutput): boolean {
  return retcode === 0 && signal === null && violation === null && failure === null;
}
