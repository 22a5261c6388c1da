import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** How compiled native code begins: ELF files, and `ar` archives of them. */
const NATIVE = /^(?:\x7fELF|!<arch>\n)/;

/** By npm, whatever `files` says. */
const ALWAYS_PACKED = ["package.json", "README.md", "LICENSE"];

/** What everyone who installs the package downloads, and has on disk, at most; in bytes. */
const MOST_PACKED = 850_000;
const MOST_UNPACKED = 3_000_000;

describe("the package", () => {
  const pkg = JSON.parse(read("package.json"));
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  let packed: { readonly size: number; readonly unpackedSize: number };
  let paths: readonly string[] = [];

  before(() => {
    const copy = mkdtempSync(join(tmpdir(), "ffiscope-package-"));
    try {
      for (const name of [...pkg.files, ...ALWAYS_PACKED, "scripts"]) {
        cpSync(join(ROOT, name), join(copy, name), { recursive: true });
      }
      execFileSync(process.execPath, [join(copy, "scripts/prune.mjs")]); // as `prepack` does
      const options: ExecFileSyncOptions = { cwd: copy, stdio: ["ignore", "pipe", "ignore"] };
      const [listing] = JSON.parse(execFileSync("npm", pack, options).toString());
      packed = listing;
      paths = listing.files.map(({ path }: { path: string }) => path);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it("has what its exports and its command name", () => {
    const named = [pkg.bin.ffiscope, ...targets(pkg.exports)].map((path) => path.replace("./", ""));
    expect(paths).to.include.members(named);
    accessSync(join(ROOT, pkg.bin.ffiscope), constants.X_OK);
  });

  it("has its license, its changes and the program that runs in the tracee", () => {
    expect(paths).to.include.members([
      ...[
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "dist/tracee/host.js",
        "dist/workers/tracer/tracer.js",
      ],
    ]);
  });

  it("has no source, no tests and no compiled native code", () => {
    const unwanted = paths.filter(
      (path) =>
        /^(?:src|test|bench|node_modules|\.)/.test(path) ||
        /\.test\./.test(path) ||
        NATIVE.test(readFileSync(join(ROOT, path), "latin1").slice(0, 8)),
    );
    expect(unwanted).to.deep.equal([]);
  });

  it("is well under a megabyte", () => {
    expect(packed.size).to.be.lessThan(MOST_PACKED);
    expect(packed.unpackedSize).to.be.lessThan(MOST_UNPACKED);
  });

  it("has source maps only where what they point at is in it too", () => {
    const text = (path: string) => /\.(?:js|ts|css)$/.test(path) && paths.includes(path);
    const named = paths.filter(text).flatMap((path) => {
      const [, map] = /^\/[/*]# sourceMappingURL=(\S+)/m.exec(read(path)) ?? [];
      return map === undefined ? [] : [join(path, "..", map)];
    });
    const maps = paths.filter((path) => path.endsWith(".map"));
    const sources = maps.flatMap((path) =>
      (JSON.parse(read(path)).sources as string[]).map((source) => join(path, "..", source)),
    );
    expect([...named, ...sources].filter((path) => !paths.includes(path))).to.deep.equal([]);
  });

  it("has stack traces that name its functions, and lines of files that are in it", () => {
    const script = `import { attach } from "ffiscope/tracee";
      await attach().catch(({ stack }) => process.stdout.write(stack));`;
    const { FFISCOPE_FD: _, ...env } = process.env;
    const options = { cwd: ROOT, env };
    const stack = execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
    const dist = pathToFileURL(join(ROOT, "dist/")).href;
    const frames = [...stack.toString().matchAll(/ at (?:async )?(\S+) \((file:\S+):(\d+):\d+\)/g)];
    const ours = frames.filter(([, , file]) => file!.startsWith(dist));
    expect(ours.map(([, name]) => name)).to.include("takeLine");
    for (const [, , file, line] of ours) {
      const path = `dist/${file!.slice(dist.length)}`;
      expect(paths).to.include(path);
      expect(read(path).split("\n")[Number(line) - 1]).to.match(/\S/);
    }
  });

  it("imports by its own names", async () => {
    const names = Object.keys(pkg.exports).filter((name) => !name.endsWith(".json"));
    const script = `for (const name of ${JSON.stringify(names)}) await import(name.replace(".", "ffiscope"));`;
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: ROOT });
  });
});

describe("the lock file", () => {
  const lock = JSON.parse(read("package-lock.json"));
  type Locked = { readonly integrity?: string; readonly os?: string[]; readonly cpu?: string[] };
  const packages = Object.entries<Locked>(lock.packages).filter(([path]) => path !== "");

  it("has no address of a registry", () => {
    expect(packages.filter(([, locked]) => "resolved" in locked)).to.deep.equal([]);
    const addresses = [...read("package-lock.json").matchAll(/"([^"]*:\/\/[^"]*)"/g)].map(
      ([, url]) => url!,
    );
    expect(addresses.filter((url) => /registry|\.tgz$/.test(url))).to.deep.equal([]);
  });

  it("is that of package.json", () => {
    const { name, version, dependencies, devDependencies } = pkgOf(lock.packages[""]);
    expect({ name, version, dependencies, devDependencies }).to.deep.equal(
      pkgOf(JSON.parse(read("package.json"))),
    );
  });

  it("has the checksum of everything that Linux x86-64 installs", () => {
    const here = packages.filter(
      ([path, { os, cpu }]) =>
        (os?.includes("linux") ?? true) && (cpu?.includes("x64") ?? true) && !/musl/.test(path),
    );
    expect(here.length).to.be.greaterThan(40);
    expect(here.filter(([, { integrity }]) => !integrity)).to.deep.equal([]);
  });
});

describe("the repository", () => {
  it("names no address from which packages are downloaded", () => {
    const address = /\b(?:registry\.npm|registry\.yarn|npm\.pkg\.github|(?:static|index)\.crates)/;
    const named = filesOf(".").filter((path) => address.test(read(path)));
    expect(named).to.deep.equal([]);
  });
});

const NOT_OURS = new Set([".git", "node_modules", "dist", ".test-build"]);

/** Every file below `folder` that is of the repository. */
function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (NOT_OURS.has(entry.name)) return [];
    return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [path] : [];
  });
}

/** The files that a package's `exports` name, in all their conditions. */
function targets(exports: unknown): string[] {
  if (typeof exports === "string") return [exports];
  return Object.values(exports as object).flatMap(targets);
}

function pkgOf({ name, version, dependencies, devDependencies }: Record<string, unknown>) {
  return { name, version, dependencies, devDependencies };
}
