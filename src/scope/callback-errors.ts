import { FfiscopeError, UsageError } from "../model/index.js";

/** The errors of JavaScript functions that C calls. */
export const callbackErrors = {
  ended: (text: string | null) =>
    new FfiscopeError({
      code: "CALLBACK_ENDED",
      message: `C has called a callback that is there no more${text ? `: '${text}', which was freed, or given to a call that has ended` : ""}`,
      remedy: "Keep it with scope.callback(prototype, fn), and free() it once C has let go of it",
    }),

  freed: () =>
    new FfiscopeError({
      code: "CALLBACK_FREED",
      message: "a callback that is given has been freed",
      remedy: "Make another with scope.callback(prototype, fn), or free it later",
    }),

  foreign: () =>
    new FfiscopeError({
      code: "FOREIGN_CALLBACK",
      message: "a callback that is given belongs to another scope",
      remedy: "Make it with the scope whose functions are called",
    }),

  tooMany: (most: number) =>
    new FfiscopeError({
      code: "TOO_MANY_CALLBACKS",
      message: `there are ${most} callbacks already`,
      remedy: "free() those that C does not call any more",
    }),

  noResult: (text: string) =>
    new UsageError({
      code: "CALLBACK_TYPE",
      message: `a callback cannot return the result of '${text}': a long double is returned in the x87`,
      remedy: "Return a double, or write to memory that is given",
    }),

  /** It is what the call rejects with, which was asked for as it had to be. */
  badResult: (error: UsageError) => {
    const { code, shortMessage: message, remedy } = error;
    return new FfiscopeError({ code, message, ...(remedy && { remedy }), cause: error });
  },

  noType: (text: string) =>
    new UsageError({
      code: "CALLBACK_TYPE",
      message: `'${text}' says not which parameters the function has`,
      remedy: 'Give scope.callback("int (int)", fn), with the type that C calls',
    }),

  notFunction: (shown: string) =>
    new UsageError({
      code: "CALLBACK_FUNCTION",
      message: `${shown} is no function, which a callback is`,
    }),

  noMemory: (name: string) =>
    new UsageError({
      code: "CALLBACK_RESULT",
      message: `${name} has to return a pointer to memory that is there`,
      remedy: "Return null, an address (a BigInt), or memory of scope.alloc",
    }),

  callInside: (name: string) =>
    new UsageError({
      code: "CALL_IN_CALLBACK",
      message: `${name} cannot be called by a callback: the call that has called that one waits for it`,
      remedy:
        "Call it once that call has returned; scope.read and scope.text are for callbacks, too",
    }),
};
