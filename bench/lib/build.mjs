/** The bench's C programs, compiled into a temporary folder that is gone afterwards. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** -O2 as compilers mean it, but for vectors, and for calls of memcpy and memset in place of loops. */
const FLAGS = [
  "-O2",
  "-fno-tree-vectorize",
  "-fno-tree-slp-vectorize",
  "-fno-tree-loop-distribute-patterns",
];
/** By soname: no development packages are needed. */
const LIBRARIES = ["libz.so.1", "liblz4.so.1", "libbz2.so.1.0", "libsqlite3.so.0"];
const WORKLOADS = ["loops.c", "libraries.c", "timed.c"].map((name) => `bench/workloads/${name}`);

const compile = (...words) => execFileSync("gcc", ["-std=gnu11", ...words], { cwd: ROOT });

/**
 * `folder`: for files. `library`: the workloads, for the built-in host. `driver`: a program with them,
 * a plain client. `classic`: the classic tracer. `workloads`: each by its name.
 */
export function build() {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-bench-"));
  const [library, driver, classic] = ["workloads.so", "driver", "classic"].map((name) =>
    join(folder, name),
  );
  const link = LIBRARIES.map((name) => `-l:${name}`);
  const client = ["-Iclients/c", "clients/c/ffiscope.c", "-pthread"];
  compile(...FLAGS, "-shared", "-fPIC", "-o", library, ...WORKLOADS, ...link);
  compile(...FLAGS, "-o", driver, "bench/workloads/driver.c", ...WORKLOADS, ...client, ...link);
  compile("-O2", "-o", classic, "bench/peers/classic.c");
  return { folder, library, driver, classic, workloads: workloadsOf(driver) };
}

export function removeBuild({ folder }) {
  rmSync(folder, { recursive: true, force: true });
}

/** By name, as the driver lists them. */
export function workloadsOf(driver) {
  const lines = execFileSync(driver, ["list"], { encoding: "utf8" }).trim().split("\n");
  return new Map(
    lines.map((line, index) => {
      const [name, inBytes, outBytes, fixed] = line.split(" ");
      const size = (perElement) => (n) => Math.ceil((perElement * n + +fixed) / 4096) * 4096;
      return [name, { name, index, inSize: size(+inBytes), outSize: size(+outBytes) }];
    }),
  );
}

const prepared = new Map();

/** The file with what `in` holds for `n` of a workload; made once. */
export function inputOf({ folder, driver }, name, n) {
  const path = join(folder, `${name}-${n}.in`);
  if (!prepared.has(path)) {
    execFileSync(driver, ["prepare", name, String(n), path]);
    prepared.set(path, true);
  }
  return path;
}

export const inputBytes = (built, name, n) => readFileSync(inputOf(built, name, n));
