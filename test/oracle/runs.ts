import { spawn } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIN } from "../cli/ffiscope.js";
import type { Access } from "./access.js";
import { type CaseRun, caseRuns, driver, HEAP } from "./driver.js";
import { LackeyLog } from "./lackey-log.js";

/** What stands in a program's environment besides what stands in this process's. */
export type Environment = Readonly<Record<string, string>>;

export type Runs = ReadonlyMap<string, CaseRun>;

/** Cases, NAME:SIZE[@PLACEMENT], as valgrind's lackey sees them. */
export function underLackey(cases: readonly string[], env: Environment): Promise<Runs> {
  return withFile(async (file) => {
    const options = [
      "--tool=lackey",
      "--trace-mem=yes",
      "--vex-iropt-level=0", // the instructions as they stand: no load is left out
      `--log-file=${file}`, // lackey writes line by line: to a pipe it takes three times as long
    ];
    const words = [...options, driver(), ...cases];
    const stdout = await finish("valgrind", words, env).catch((cause: Error) => {
      const said = readFileSync(file, "latin1").match(/^==.*$/gm) ?? [];
      throw new Error(`${cause.message}\n${said.join("\n")}`, { cause });
    });
    const log = new LackeyLog(HEAP);
    for await (const text of createReadStream(file, "latin1")) log.push(text);
    return caseRuns(stdout, log.calls);
  });
}

/** The cases as ffiscope sees them. */
export async function underFfiscope(
  cases: readonly string[],
  env: Environment,
  engine = "auto",
): Promise<Runs> {
  const { stdout, events } = await eventsOf([driver(), ...cases], env, engine);
  return caseRuns(stdout, events);
}

/** What a program that speaks the protocol said, and what each of its calls accessed. */
export function eventsOf(command: readonly string[], env: Environment, engine = "auto") {
  return withFile(async (file) => {
    const words = [MAIN, "run", "--engine", engine, "--events", file, "--", ...command];
    const stdout = await finish(process.execPath, words, env);
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return { stdout, events: lines.map(accessesOf) };
  });
}

/** A line of `--events`. */
interface Line {
  readonly events: readonly {
    readonly kind: Access["kind"];
    readonly address: string;
    readonly size: number;
    readonly certain: boolean;
    readonly ip: string;
  }[];
  readonly truncated: boolean;
}

/** All there are: none is cut off, and none may not have happened. */
function accessesOf(line: string): Access[] {
  const { events, truncated } = JSON.parse(line) as Line;
  const unsure = events.find(({ certain }) => !certain);
  if (truncated || unsure) throw new Error(`not the whole truth: ${JSON.stringify(unsure)}`);
  return events.map(({ kind, address, size, ip }) => {
    return { kind, address: Number(address), size, ip: Number(ip) };
  });
}

/** A path to write to, for the length of `work`. */
async function withFile<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-oracle-"));
  try {
    return await work(join(folder, "log"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program that has to end well, without a word on standard error: its standard output. */
function finish(program: string, words: readonly string[], env: Environment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 && stderr === "") resolve(stdout);
      else reject(new Error(`${program} ended by ${signal ?? code}: ${stderr}\n${stdout}`));
    });
  });
}
