import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** How compiled native code begins: ELF files, and `ar` archives of them. */
const NATIVE = /^(?:\x7fELF|!<arch>\n)/;

describe("the package", () => {
  const pkg = JSON.parse(read("package.json"));
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  let paths: readonly string[] = [];

  before(() => {
    const options: ExecFileSyncOptions = { cwd: ROOT, stdio: ["ignore", "pipe", "ignore"] };
    const [packed] = JSON.parse(execFileSync("npm", pack, options).toString());
    paths = packed.files.map(({ path }: { path: string }) => path);
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
