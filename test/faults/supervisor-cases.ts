import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { STATES } from "./calls.js";
import type { FaultCase, Random } from "./cases.js";
import { leftAfter, present } from "./left.js";
import type { SupervisedRun } from "./supervised.js";
import type { Trial } from "./trial.js";

const SUPERVISED = fileURLToPath(new URL("./supervised.js", import.meta.url));

/** The supervisor is killed so long after the session has come to a state, at most, in ms. */
const LATEST_MS = 5;

/** The supervisor's own process is killed. `faulty`: the compiled fixture. */
export function supervisorCases(faulty: string, random: Random): FaultCase[] {
  return STATES.map((state) => {
    const fault = "the supervisor is killed";
    const run = () => {
      const after = random() < 0.5 ? 0 : LATEST_MS * random();
      const isLate = state === "severed" || state === "stopping" || state === "failed";
      const command = [faulty, isLate ? "severed" : "none", "none"];
      return runKilled({ command, killed: { state, after } });
    };
    return { fault, state, errno: "", run };
  });
}

/** How a folder for temporary files comes to be full: a shell command that goes on with its arguments. */
const FULL = {
  "the disk is full": [
    "unshare",
    "-m",
    "sh",
    "-c",
    'mount -t tmpfs -o size=1m none "$TMPDIR" && exec "$@"',
  ],
  "files may not be larger (ulimit -f)": ["sh", "-c", 'ulimit -f 2048 && exec "$@"'],
};

/** `spilling`: a command whose events do not stay in memory, while its call runs. */
export function diskCases(spilling: readonly string[]): FaultCase[] {
  return Object.entries(FULL).map(([fault, shell]) => ({
    ...{ fault, state: "tracing", errno: "" },
    run: async () => {
      const { trial, stderr } = await supervise(shell, { command: spilling });
      if (trial === null) console.log(`${fault}: ${stderr}`);
      return (
        trial && {
          ...trial,
          outcome: trial.outcome === "SPILL_FAILED" ? trial.outcome : `code: ${trial.outcome}`,
        }
      );
    },
  }));
}

/** Null where the supervisor has lived. */
async function runKilled(run: SupervisedRun): Promise<Trial | null> {
  const before = present();
  const { signal, stderr, files } = await supervise([], run);
  const left = [...(await leftAfter(before)), ...files];
  if (signal !== "SIGKILL" && stderr === "") return null;
  return { outcome: stderr === "" ? "killed" : "uncaught", message: stderr, left, accesses: [] };
}

interface Supervised {
  readonly signal: string | null;
  readonly stderr: string;
  readonly trial: Trial | null;
  /** In its folder for temporary files. */
  readonly files: readonly string[];
}

/** A supervisor without a fault seam. */
async function supervise(shell: readonly string[], run: SupervisedRun): Promise<Supervised> {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-faults-"));
  const node = [process.execPath, SUPERVISED, JSON.stringify(run)];
  const words = shell.length > 0 ? [...shell, "sh", ...node] : node;
  const { signal, stdout, stderr } = await executed(words, { ...process.env, TMPDIR: folder });
  const files = readdirSync(folder);
  rmSync(folder, { recursive: true });
  const last = stdout.trim().split("\n").at(-1)!;
  return { signal, stderr, trial: last === "" ? null : JSON.parse(last), files };
}

interface Executed {
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function executed([file, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Executed> {
  return new Promise((resolve) =>
    execFile(file!, args, { env }, (error, stdout, stderr) =>
      resolve({ signal: error?.signal ?? null, stdout, stderr }),
    ),
  );
}
