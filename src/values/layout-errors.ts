import { type CType, UsageError } from "../model/index.js";
import { typeText } from "../prototype/index.js";

/** The errors of types that no memory can be laid out for. */
export const layoutErrors = {
  noLength: (what: string) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `${what} has no length`,
      remedy: "Give a value, or write the length into the brackets",
    }),

  notYet: (type: CType) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `values of ${typeText(type)} are not laid out yet`,
      remedy: "Give its memory as bytes",
    }),
};
