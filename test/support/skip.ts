import Mocha, { type Context, type Runnable, type Suite, type Test } from "mocha";

/** Why a test, or every test of a suite, was skipped. */
const reasons = new WeakMap<Runnable | Suite, string>();

/**
 * Skips a test, or from its `before` a suite, because this machine lacks something that can be
 * installed. In CI it is installed, so there it fails.
 */
export function skip(context: Context, reason: string): never {
  if (process.env.CI) throw new Error(`${reason}; in CI nothing may be missing`);
  return skipFor(context, reason);
}

/** Skips because of what cannot be installed: the processor, or the kernel. Also in CI. */
export function skipHere(context: Context, reason: string): never {
  return skipFor(context, reason);
}

function skipFor(context: Context, reason: string): never {
  reasons.set(subject(context), reason);
  return context.skip();
}

function subject({ test, currentTest }: Context): Runnable | Suite {
  if (!(test instanceof Mocha.Hook)) return test!;
  return test.title.startsWith('"before each"') ? currentTest! : test.parent!;
}

/** The reason given for `test`, or for a suite it is in. */
export function skipReason(test: Test): string | undefined {
  let at: Test | Suite | undefined = test;
  while (at && !reasons.has(at)) at = at.parent;
  return at && reasons.get(at);
}
