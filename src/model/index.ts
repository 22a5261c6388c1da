export * from "./access.js";
export * from "./access-log.js";
export * from "./address.js";
export * from "./addressed.js";
export * from "./call.js";
export * from "./crash.js";
export * from "./defaults.js";
export * from "./entry-arguments.js";
export * from "./errors.js";
export * from "./failure.js";
export * from "./finding.js";
export * from "./machine-errors.js";
export * from "./nearest-name.js";
/** By name: the kinds of {@link checkOptions} are short words. */
export { checkOptions, type OptionKind, type OptionSpec, optionsError } from "./options.js";
export * from "./quoted.js";
export * from "./signature.js";
export * from "./steps.js";
