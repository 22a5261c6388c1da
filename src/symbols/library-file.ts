import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nearestName } from "../model/index.js";
import { unlessUnreadable } from "./errors.js";

/** Why a file cannot be loaded as a library, and what to give instead. */
export interface LibraryProblem {
  readonly what: string;
  readonly remedy: string;
}

/** Where the dynamic loader looks on most machines (ld.so(8)). */
const FOLDERS = [
  ...["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/local/lib"],
  ...["/lib64", "/usr/lib64", "/usr/lib"],
];

/** Looked at of a file, in bytes: a linker script is short. */
const HEAD = 4096;

// elf(5)
const ELFCLASS32 = 1;
const EM_X86_64 = 62;
const ET_REL = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const MACHINES: Readonly<Record<number, string>> = {
  3: "32-bit x86",
  8: "MIPS",
  20: "PowerPC",
  21: "64-bit PowerPC",
  22: "S390",
  40: "32-bit ARM",
  183: "64-bit ARM",
  243: "RISC-V",
  258: "LoongArch",
};

/** What is wrong with a library that the loader has refused; null where nothing is to be seen. */
export function libraryProblem(name: string): LibraryProblem | null {
  if (!name.includes("/")) return bareName(name);
  const stats = unlessUnreadable(() => statSync(name));
  if (stats === null) return missing(name);
  if (stats.isDirectory()) return folder(name);
  if (!stats.isFile()) return null;
  const head = unlessUnreadable(() => headOf(name));
  return head && fileProblem(name, head);
}

function bareName(name: string): LibraryProblem {
  if (unlessUnreadable(() => statSync(name))?.isFile()) {
    return {
      what: "no library of that name is installed, but there is a file of it in this folder",
      remedy: `Write ./${name}`,
    };
  }
  const here = nearest(name, filesOf("."));
  const meant = here === null ? nearest(name, FOLDERS.flatMap(filesOf)) : `./${here}`;
  return {
    what: "no library of that name is installed",
    remedy: meant
      ? `Did you mean ${meant}?`
      : "Give a path (with a slash) or the soname of an installed library, such as libz.so.1",
  };
}

function missing(name: string): LibraryProblem {
  const within = dirname(name);
  if (!unlessUnreadable(() => statSync(within))?.isDirectory()) {
    return { what: `there is no folder ${within}`, remedy: "Give the path of a library" };
  }
  const meant = nearest(basename(name), filesOf(within));
  const place = name.startsWith("./")
    ? `./${join(within, meant ?? "")}`
    : join(within, meant ?? "");
  return {
    what: "there is no such file",
    remedy: meant ? `Did you mean ${place}?` : "Give the path of a library",
  };
}

function folder(name: string): LibraryProblem {
  const library = filesOf(name).find((file) => /\.so(\.|$)/.test(file));
  return {
    what: "it is a folder",
    remedy: library
      ? `Give a library in it, such as ${join(name, library)}`
      : "Give a library's path",
  };
}

function fileProblem(name: string, head: Buffer): LibraryProblem | null {
  if (head.toString("latin1", 0, 7) === "!<arch>") {
    const made = basename(name).replace(/\.a$/, ".so");
    return {
      what: "it is a static archive",
      remedy: `Make a shared library of it: gcc -shared -o ${made} -Wl,--whole-archive ${name}`,
    };
  }
  if (head.toString("latin1", 0, 4) === "\x7fELF" && head.length >= 20)
    return elfProblem(name, head);
  const script = /(?:GROUP|INPUT)\s*\(([^)]*)/.exec(head.toString("latin1"));
  if (script) {
    const [library] = /\S+\.so\S*/.exec(script[1]!) ?? [];
    return {
      what: "it is a text for the linker, not a library",
      remedy: `Give what it names${library ? `: ${library}` : ""}`,
    };
  }
  return {
    what: "it is no shared library: it does not begin as an ELF file does",
    remedy: "Give a file that was made with gcc -shared, or the like",
  };
}

function elfProblem(name: string, head: Buffer): LibraryProblem | null {
  const [type, machine] = [head.readUInt16LE(16), head.readUInt16LE(18)];
  if (head[4] === ELFCLASS32 || machine !== EM_X86_64) {
    const other = MACHINES[machine] ?? "another machine";
    const bits = head[4] === ELFCLASS32 && !other.startsWith("32-bit") ? "32-bit " : "";
    return {
      what: `it is for ${bits}${other}, and ffiscope runs 64-bit x86 code`,
      remedy: "Give a library that was built for x86-64",
    };
  }
  if (type === ET_REL) {
    const made = basename(name).replace(/\.o$/, ".so");
    return {
      what: "it is an object file, which is not linked",
      remedy: `Make a shared library of it: gcc -shared -o ${made} ${name} (compiled with -fPIC)`,
    };
  }
  if (type === ET_EXEC || (type === ET_DYN && !/\.so(\.|$)/.test(name))) {
    return { what: "it is a program", remedy: "Give a shared library (gcc -shared -fPIC)" };
  }
  return null;
}

/** A slip of the hand, or a name without its version: `libz.so`, `libz`, `z` for libz.so.1. */
function nearest(name: string, files: readonly string[]): string | null {
  const stem = name.replace(/\.so[.\d]*$/, "");
  const versions = files.filter((file) => [stem, `lib${stem}`].includes(file.split(".so")[0]!));
  const libraries = files.filter((file) => /\.so(\.\d+)*$/.test(file));
  // Without a version it may be a text for the linker.
  const version = versions.find((file) => /\.so\.\d+$/.test(file));
  return version ?? versions.find((file) => /\.so$/.test(file)) ?? nearestName(name, libraries);
}

const filesOf = (path: string): string[] => unlessUnreadable(() => readdirSync(path)) ?? [];

function headOf(path: string): Buffer {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(HEAD);
    return head.subarray(0, readSync(fd, head, 0, HEAD, 0));
  } finally {
    closeSync(fd);
  }
}
