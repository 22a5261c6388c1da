#!/usr/bin/env node
/**
 * The command. It imports nothing by itself: where its files cannot be opened, that is said in one
 * line as well. Node opens all that a file imports at once, which takes as many descriptors.
 */
const CANNOT_TRACE_HERE = 3; // as exit-codes.ts has it, which may not be there

// Where nothing can be said, the exit code says it.
process.stderr.on("error", () => {});

/** For where even the file that tells of errors cannot be opened. */
let end = (error: unknown): void => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "EMFILE" && code !== "ENFILE") throw error;
  process.exitCode = CANNOT_TRACE_HERE;
  process.stderr.write(
    `ffiscope: ${message}. Raise the limit of open files (ulimit -n, 1024 is enough)\n`,
  );
};

process.on("uncaughtException", (error) => {
  process.removeAllListeners("uncaughtException");
  end(error);
  process.exit();
});

try {
  ({ end } = await import("./end.js"));
  const { carryOut } = await import("./command.js");
  process.exitCode = await carryOut(process.argv.slice(2));
} catch (error) {
  end(error);
}

export {};
