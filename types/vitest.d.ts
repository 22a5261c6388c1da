/** The matchers of `ffiscope/assert`, with their types: `expect.extend(matchers)`. */
import type { FfiscopeMatchers } from "../dist/assert/index.js";

export * from "../dist/assert/index.js";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares it so
  interface Assertion<T = any> extends FfiscopeMatchers {}
}
