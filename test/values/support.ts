import { type Library, Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";

/** A library of test/fixtures/values, in a scope. */
export async function libraryIn(scope: Scope, name: string): Promise<Library> {
  const flags = ["-shared", "-fPIC", "-O1"];
  return scope.load(compileFixture(`test/fixtures/values/${name}.c`, flags));
}

/** `CODE: message` of what a call rejects with; what it resolves to, else. */
export async function told(call: () => Promise<unknown>): Promise<string> {
  try {
    return `resolved: ${await call()}`;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code}: ${message}`;
  }
}

export { Scope };
