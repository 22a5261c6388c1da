import { accessSync, constants, readlinkSync, statSync, writeSync } from "node:fs";
import { delimiter, join } from "node:path";
import { FfiscopeError, type Pid } from "../../model/index.js";
import { EACCES } from "../errno.js";
import { closeDescriptor, openMemoryFile, openPipe, setBlocking } from "../files.js";
import { libc, nameOfErrno, SystemError } from "../libc.js";
import { TracingRefused } from "../ptrace/ptrace.js";
import { SIGPIPE, SIGXFSZ } from "../ptrace/signals.js";
import { launcherImage } from "./launcher.js";

export interface SpawnRequest {
  readonly program: string;
  /** Without the program's own name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors of ours that the child keeps, under their own numbers. */
  readonly inherit: readonly number[];
  /** Make the child's standard output our standard error. */
  readonly stdoutToStderr: boolean;
}

/** A child that waits at the gate of its {@link launcherImage}. */
export interface SpawnedChild {
  readonly pid: Pid;
  /** Lets it become its program. */
  open(): void;
  /** Gives it up: it exits. */
  abandon(): void;
}

/** The program could not be started; exit code 2 of the command line. */
export class SpawnError extends FfiscopeError {}

// spawn.h; sizes of glibc's opaque types on x86-64.
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const FILE_ACTIONS_SIZE = 80;
const ATTRIBUTES_SIZE = 336;
const SIGSET_SIZE = 128;

const posixSpawn = libc.func(
  "int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)",
);
const actionsInit = libc.func("int posix_spawn_file_actions_init(void *actions)");
const actionsDestroy = libc.func("int posix_spawn_file_actions_destroy(void *actions)");
const addDup2 = libc.func("int posix_spawn_file_actions_adddup2(void *actions, int fd, int as)");
const attributesInit = libc.func("int posix_spawnattr_init(void *attributes)");
const attributesDestroy = libc.func("int posix_spawnattr_destroy(void *attributes)");
const setFlags = libc.func("int posix_spawnattr_setflags(void *attributes, short flags)");
const setDefaultSignals = libc.func(
  "int posix_spawnattr_setsigdefault(void *attributes, void *set)",
);
const setMask = libc.func("int posix_spawnattr_setsigmask(void *attributes, void *set)");

/** The name of the launcher's file, in memory. */
const LAUNCHER = "ffiscope-launcher";

/** What `pid` runs is the launcher: it has not become its program. */
export function isLauncher(pid: Pid): boolean {
  return readlinkSync(`/proc/${pid}/exe`).startsWith(`/memfd:${LAUNCHER}`);
}

/** Starts `request.program` behind a gate, for the calling thread to seize. */
export function spawnBehindGate(request: SpawnRequest): SpawnedChild {
  const path = findProgram(request.program, request.env.PATH ?? process.env.PATH ?? "");
  const gate = openPipe();
  let launcher: number | null = null;
  try {
    launcher = openMemoryFile(LAUNCHER);
    writeSync(launcher, launcherImage(gate.read, path));
    const pid = spawnLauncher(launcher, gate.read, request);
    let isOpen = true;
    const close = () => {
      if (isOpen) closeDescriptor(gate.write);
      isOpen = false;
    };
    return {
      pid,
      open() {
        openGate(gate.write);
        close();
      },
      abandon: close,
    };
  } catch (error) {
    closeDescriptor(gate.write);
    throw error;
  } finally {
    closeDescriptor(gate.read);
    if (launcher !== null) closeDescriptor(launcher);
  }
}

/** A child that was killed meanwhile does not wait there: its end is reported by waitid. */
function openGate(gate: number): void {
  try {
    writeSync(gate, "1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function spawnLauncher(launcher: number, gate: number, request: SpawnRequest): Pid {
  // Node makes a pipe non-blocking that it opens as a stream, and a worker has it open its standard
  // output; a program that shares the pipe would lose what it has no room for. libuv does the same.
  for (const fd of [0, 1, 2]) setBlocking(fd);
  const actions = Buffer.alloc(FILE_ACTIONS_SIZE);
  const attributes = Buffer.alloc(ATTRIBUTES_SIZE);
  actionsInit(actions);
  attributesInit(attributes);
  try {
    // A descriptor duplicated onto itself loses close-on-exec, which Node sets also on 0, 1 and 2.
    for (const fd of [0, 1, 2, gate, ...request.inherit]) addDup2(actions, fd, fd);
    if (request.stdoutToStderr) addDup2(actions, 2, 1);
    // Node ignores these; its children must not inherit that.
    setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    setDefaultSignals(attributes, signalSet(SIGPIPE, SIGXFSZ));
    setMask(attributes, signalSet());
    const pid = new Int32Array(1);
    const argv = [request.program, ...request.args, null];
    const envp = [...Object.entries(request.env).map(([name, value]) => `${name}=${value}`), null];
    const errno = posixSpawn(pid, `/proc/self/fd/${launcher}`, actions, attributes, argv, envp);
    if (errno === EACCES) throw launcherRefused();
    if (errno !== 0) throw new SystemError("posix_spawn", errno);
    return pid[0] as Pid;
  } finally {
    actionsDestroy(actions);
    attributesDestroy(attributes);
  }
}

function signalSet(...signals: number[]): Buffer {
  const set = Buffer.alloc(SIGSET_SIZE);
  for (const signal of signals) set[(signal - 1) >> 3]! |= 1 << ((signal - 1) & 7);
  return set;
}

function launcherRefused(): TracingRefused {
  return new TracingRefused({
    code: "LAUNCHER_REFUSED",
    message: "this machine does not run programs from memory (memfd_create, execve: EACCES)",
    remedy: "Set vm.memfd_noexec to 0 or 1",
  });
}

/** What execvp(3) would run: `program` itself where it has a slash, else the first match on `path`. */
function findProgram(program: string, path: string): string {
  if (program.includes("/")) return executable(program) ? program : refuse(program);
  const directories = path.split(delimiter).map((directory) => directory || ".");
  const found = directories.map((directory) => join(directory, program)).find(executable);
  return found ?? refuse(program);
}

/** How a file system says that there is nothing to execute at a path (access(2)). */
const NO_PROGRAM: ReadonlySet<string> = new Set([
  ...["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "ETXTBSY"],
]);

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (error) {
    const { code = "", syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined || NO_PROGRAM.has(code)) return false; // without: no path at all
    throw error;
  }
}

function refuse(program: string): never {
  throw new SpawnError({
    code: "PROGRAM_NOT_STARTED",
    message: `cannot start '${program}': no such executable file`,
    remedy: "Give the path of an executable file, or a name that is on PATH",
  });
}

/** For a launcher that exited before it became the program: `errno` of its execve(2). */
export function execFailed(program: string, errno: number): SpawnError {
  return new SpawnError({
    code: "PROGRAM_NOT_STARTED",
    message: `cannot start '${program}': execve failed with ${nameOfErrno(errno)}`,
    remedy: "Give a program that this machine can run (a script needs a #! line)",
  });
}
