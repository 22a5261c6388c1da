import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { commandLineErrors } from "./errors.js";

/** Writes a file whole or not at all; a pipe or a device is written as it is. @throws UsageError OUTPUT_FILE. */
export function writeWhole(option: string, path: string, text: string): void {
  let unfinished: string | null = null;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && !there.isFile()) return writeFileSync(path, text);
    const file = there ? realpathSync(path) : path;
    unfinished = `${file}.${process.pid}.tmp`;
    writeFileSync(unfinished, text, { flag: "wx" });
    renameSync(unfinished, file);
  } catch (cause) {
    if (unfinished !== null) rmSync(unfinished, { force: true });
    const message = (cause as Error).message.replaceAll(unfinished ?? path, path);
    throw commandLineErrors.outputFile(option, path, new Error(message, { cause }));
  }
}
