/** The matchers of `ffiscope/assert`, with their types: `expect.extend(matchers)`. */
import type { FfiscopeMatchers } from "../dist/assert/index.js";

export * from "../dist/assert/index.js";

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: @types/jest declares it so
    interface Matchers<R, T = {}> extends FfiscopeMatchers<R> {}
  }
}
