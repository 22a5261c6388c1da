import { CallError, type Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";

/** The library of test/fixtures/scope/library.c. */
export function fixtureLibrary(): string {
  return compileFixture("test/fixtures/scope/library.c", ["-shared", "-fPIC", "-O1"]);
}

/** The CallError that a call rejects with. */
export async function callError(call: Promise<unknown>): Promise<CallError> {
  const error = await rejection(call);
  if (error instanceof CallError) return error;
  throw error;
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error(`it did not reject, but gave ${value}`);
}

/** Resolves when the scope has a call that runs. */
export async function running(scope: Scope): Promise<void> {
  while (scope.pending === 0) await null;
}
