/**
 * Sessions, most of which something happens to. Each trial says how it has to end; it throws where it
 * ends in another way.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Scope } from "../../dist/index.js";

const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Many start at once on few processors. */
const START_TIMEOUT_MS = 120_000;

const BYTES = Buffer.from("hello");
const CRC32 = 907060870;

/** @param {(scope: Scope, libc: Library) => Promise<void>} work */
async function inScope(work) {
  const scope = await Scope.open({ startTimeout: START_TIMEOUT_MS, heapBytes: 2 ** 20 });
  try {
    await work(scope, await scope.load("libc.so.6"));
  } finally {
    await scope.close();
  }
}

async function checksum(scope) {
  const zlib = await scope.load("libz.so.1");
  const crc32 = zlib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
  const { result } = await crc32(0, BYTES, BYTES.length);
  if (result !== CRC32 && result !== BigInt(CRC32)) throw new Error(`crc32 is ${result}`);
}

/** That `call` rejects with one of `codes`, and that the scope then goes on. */
async function endsWith(codes, call, scope) {
  const error = await call.then(
    () => null,
    (error) => error,
  );
  if (!codes.includes(error?.code)) {
    const said = error?.code ?? "a result";
    throw new Error(`ended with ${said}, not ${codes.join(" or ")}`, { cause: error });
  }
  await checksum(scope);
}

/** Sleeps for an hour in a traced call, until something ends it. */
async function sleeping(scope, options = {}) {
  const libc = await scope.load("libc.so.6");
  return libc.func("unsigned sleep(unsigned s)")(3_600, options);
}

export const TRIALS = {
  returns: () => inScope((scope) => checksum(scope)),

  crashes: () =>
    inScope((scope, libc) => endsWith(["CALL_CRASHED"], libc.func("void abort(void)")(), scope)),

  exits: () =>
    inScope((scope, libc) =>
      endsWith(["CALL_EXITED"], libc.func("void _exit(int code)")(3), scope),
    ),

  timesOut: () =>
    inScope((scope) => endsWith(["CALL_TIMED_OUT"], sleeping(scope, { timeout: 50 }), scope)),

  /** The host is killed from outside: in a call, or just before it. */
  killed: (random) =>
    inScope(async (scope) => {
      const { pid } = scope;
      const ended = endsWith(["CALL_CRASHED", "HOST_ENDED"], sleeping(scope), scope);
      await afterMs(random() * 200, () => process.kill(pid, "SIGKILL"));
      await ended;
    }),

  /** It is stopped from outside, and goes on later. */
  stopped: (random) =>
    inScope(async (scope) => {
      const { pid } = scope;
      const call = checksum(scope);
      await afterMs(random() * 50, () => process.kill(pid, "SIGSTOP"));
      await afterMs(random() * 100, () => process.kill(pid, "SIGCONT"));
      await call;
    }),

  /** Nobody waits for it any more: its scope is destroyed in a call. */
  destroyed: async (random) => {
    const scope = await Scope.open({ startTimeout: START_TIMEOUT_MS, heapBytes: 2 ** 20 });
    const ended = sleeping(scope).catch((error) => error);
    await afterMs(random() * 200, () => scope.destroy());
    const { code } = await ended;
    if (code !== "SCOPE_CLOSED") throw new Error(`ended with ${code}, not SCOPE_CLOSED`);
  },

  /** A supervisor is killed, and takes its tracee with it: nothing is left to wait for. */
  supervisorKilled: async (random) => {
    const sleep = ["trace", "libc.so.6", "unsigned sleep(unsigned s)", "3600"];
    const supervisor = spawn(process.execPath, [COMMAND, ...sleep], { stdio: "ignore" });
    const ended = once(supervisor, "close");
    await afterMs(200 + random() * 1_000, () => supervisor.kill("SIGKILL"));
    await ended;
  },

  /** What is started speaks no protocol: it ends before its start-up SIGSTOP. */
  neverStarts: async () => {
    const supervisor = spawn(process.execPath, [COMMAND, "run", "--", "true"], { stdio: "ignore" });
    const [code] = await once(supervisor, "close");
    if (code !== 1 && code !== 0) throw new Error(`'run -- true' exited with ${code}`);
  },
};

async function afterMs(ms, act) {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await act();
}
