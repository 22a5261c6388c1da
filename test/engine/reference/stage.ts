import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Access, createSession, sessionEnd } from "../../../dist/index.js";
import { compileFixture } from "../../support/fixtures.js";
import type { ExpectedAccess } from "../../x86/case-file.js";
import type { Machine } from "../../x86/machine.js";

/** What an engine recorded of one instruction, and how it ended: `ok` or `sigN`. */
export interface Staged {
  readonly outcome: string;
  readonly accesses: readonly ExpectedAccess[];
  /** It ran in a fragment, and nothing was left to the reference engine. */
  readonly isInFragment: boolean;
}

/**
 * Instructions inside traced calls of a real program (stage.c), one call each. They are queued, and
 * one session runs them all.
 */
export class Stage {
  readonly #binary = compileFixture("test/fixtures/instructions/stage.c", [
    ...["-O1", "-mavx", "-mxsave", "-mfsgsbase", "-fno-stack-protector"],
  ]);
  readonly #commands: string[] = [];

  constructor(readonly engine: "auto" | "reference") {}

  /** Queues one execution of `code` with the registers and the memory of `machine`. */
  add(machine: Machine, code: Uint8Array): void {
    const commands = this.#commands;
    commands.push("reset 0");
    for (const [n, value] of machine.gprs) commands.push(`g ${hex(n)} ${hex(value)}`);
    for (const [n, value] of machine.opmasks) commands.push(`k ${hex(n)} ${hex(value)}`);
    for (const [n, bytes] of machine.vectors) commands.push(`v ${hex(n)} ${hexBytes(bytes)}`);
    for (const [n, bytes] of machine.mmxs) commands.push(`m ${hex(n)} ${hexBytes(bytes)}`);
    for (const [at, bytes] of machine.memory) commands.push(`poke ${hex(at)} ${hexBytes(bytes)}`);
    commands.push(`flags ${hex(machine.flags)}`, `fs ${hex(machine.fs)}`, `gs ${hex(machine.gs)}`);
    commands.push(`run ${hexBytes(code)}`);
  }

  /** Runs what is queued; one entry an instruction, in order. */
  async perform(): Promise<Staged[]> {
    const directory = mkdtempSync(join(tmpdir(), "ffiscope-stage-"));
    try {
      const [commands, outcomes] = [join(directory, "commands"), join(directory, "outcomes")];
      writeFileSync(commands, `${this.#commands.join("\n")}\n`);
      const staged: Omit<Staged, "outcome">[] = [];
      const session = createSession({
        command: this.#binary,
        args: [commands, outcomes],
        engine: this.engine,
        symbols: false,
      });
      session.on("call", ({ record: { log, stats } }) => {
        const isInFragment = stats!.entries > 0 && stats!.instructions === 0;
        staged.push({ accesses: [...log].map(expectedOf), isInFragment });
      });
      const end = sessionEnd(session);
      session.start();
      const { exitCode, failure } = await end;
      if (exitCode !== 0) throw new Error(`stage ended with ${exitCode}: ${failure?.message}`);
      const lines = readFileSync(outcomes, "utf8").trim().split("\n");
      return staged.map((one, i) => ({ ...one, outcome: lines[i]! }));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
}

function expectedOf({ kind, address, size, certain }: Access): ExpectedAccess {
  return { kind, certain: kind === "unknown" || certain, address, size };
}

const hex = (value: number | bigint) => value.toString(16);
const hexBytes = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex") || "00";
