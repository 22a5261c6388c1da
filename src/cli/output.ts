import { once } from "node:events";

/** Writes text to a stream at the pace at which it is read. */
export async function writeAll(
  stream: NodeJS.WritableStream,
  chunks: Iterable<string>,
): Promise<void> {
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await once(stream, "drain");
  }
}

/** One line on standard error, in ffiscope's name. */
export function say(text: string): void {
  process.stderr.write(`ffiscope: ${text}\n`);
}

/** `ffiscope trace … | head` closes our output: what is left to say, nobody wants. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
}
