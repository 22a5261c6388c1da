import { UsageError } from "../model/index.js";

/** The errors of types that no memory can be laid out for. */
export const layoutErrors = {
  noLength: (what: string) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `${what} has no length`,
      remedy: "Give a value, or write the length into the brackets",
    }),

  tooLarge: (what: string, size: number) =>
    new UsageError({
      code: "ARGUMENT_VALUE",
      message: `${what} has ${size} bytes, which no memory of a call has`,
      remedy: "Give fewer elements",
    }),
};
