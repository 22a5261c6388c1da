import { CallError, TracedCall } from "../scope/index.js";
import { failed, PASSED, type Verdict } from "./verdict.js";

/** `outcome` is the error of a call that crashed, with `signal` where one is given. */
export function checkCrash(outcome: unknown, signal?: string): Verdict {
  const wanted = `expected ${nameOf(outcome)} to crash${signal ? ` with ${signal}` : ""}`;
  if (!isCrash(outcome)) return failed(`${wanted}, but ${howText(outcome)}`);
  if (signal === undefined || outcome.signal === signal) return PASSED;
  return failed(`${wanted}, but it crashed with ${outcome.signal}`, `  ${outcome.shortMessage}`);
}

/** It is not that. */
export function checkNotCrash(outcome: unknown, signal?: string): Verdict {
  if (!checkCrash(outcome, signal).pass) return PASSED;
  const wanted = `expected ${nameOf(outcome)} not to crash${signal ? ` with ${signal}` : ""}`;
  return failed(`${wanted}, but it did`, `  ${(outcome as CallError).shortMessage}`);
}

/** What a promise comes to: its value or its error. */
export function outcomeOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).catch((error: unknown) => error);
}

function isCrash(outcome: unknown): outcome is CallError {
  return outcome instanceof CallError && outcome.code === "CALL_CRASHED";
}

function nameOf(outcome: unknown): string {
  const call = outcome instanceof CallError ? outcome.call : outcome;
  return call instanceof TracedCall ? call.function : "the call";
}

function howText(outcome: unknown): string {
  if (outcome instanceof TracedCall) return `it returned ${JSON.stringify(outcome.result)}`;
  if (outcome instanceof CallError) return `it did not: ${outcome.shortMessage}`;
  if (outcome instanceof Error) return `it failed otherwise: ${outcome.message}`;
  return "there was no call";
}
