import koffi from "koffi";
import { PAGE_SIZE } from "../model/index.js";
import { check, libc } from "./libc.js";
import { PROT_EXEC, PROT_READ, PROT_WRITE } from "./memory/maps.js";
import { MAP_ANONYMOUS, MAP_PRIVATE } from "./memory/mmap.js";

const mmap = libc.func("mmap", "long", ["size_t", "size_t", "int", "int", "int", "long"]);
const munmap = libc.func("munmap", "int", ["size_t", "size_t"]);
const getauxval = libc.func("ulong getauxval(ulong type)");
const mprotect = libc.func("mprotect", "int", ["size_t", "size_t", "int"]);

/** `void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])`: there is no other way to ask from here. */
const CODE = Buffer.from(
  [
    "53", //         push rbx
    "89f8", //       mov  eax, edi
    "89f1", //       mov  ecx, esi
    "4989d0", //     mov  r8, rdx
    "0fa2", //       cpuid
    "418900", //     mov  [r8], eax
    "41895804", //   mov  [r8+4], ebx
    "41894808", //   mov  [r8+8], ecx
    "4189500c", //   mov  [r8+12], edx
    "5bc3", //       pop  rbx; ret
  ].join(""),
  "hex",
);

const prototype = koffi.proto("void ffiscope_cpuid(uint leaf, uint subleaf, _Out_ uint *out)");

/** Where the state components lie in an XSAVE area of the standard format, in bytes. */
export type XsaveLayout = ReadonlyMap<number, { readonly offset: number; readonly size: number }>;

/**
 * The standard format of this processor: state component to place (SDM vol. 1, 13.5; CPUID leaf
 * 0xD). It is not the same everywhere: AMD has the opmasks at 832, Intel at 1088.
 */
export function readXsaveLayout(): XsaveLayout {
  return withCpuid((cpuid) => {
    const layout = new Map<number, { offset: number; size: number }>();
    for (let component = 2; component < 32; component++) {
      const [size, offset] = cpuid(0xd, component);
      if (size! > 0 && offset! > 0) layout.set(component, { offset: offset!, size: size! });
    }
    return layout;
  });
}

const EXTENDED_FEATURES = 7; // CPUID leaf (SDM vol. 2A, CPUID)
const FSGSBASE = 1 << 0; // its ebx
const BMI2 = 1 << 8;
const AT_HWCAP2 = 26; // linux/auxvec.h
const HWCAP2_FSGSBASE = 1 << 1; // asm/hwcap2.h: the kernel has enabled it

let fragments: boolean | null = null;

/** This machine has the instructions that fragments are made of: `wrgsbase`, `pext`. */
export function canRunFragments(): boolean {
  fragments ??= withCpuid((cpuid) => {
    const features = cpuid(EXTENDED_FEATURES, 0)[1]!;
    const enabled = Number(getauxval(AT_HWCAP2)) & HWCAP2_FSGSBASE;
    return (features & FSGSBASE) !== 0 && (features & BMI2) !== 0 && enabled !== 0;
  });
  return fragments;
}

/** Runs `work` with a function that gives eax, ebx, ecx and edx of a leaf and subleaf. */
function withCpuid<T>(work: (cpuid: (leaf: number, subleaf: number) => Uint32Array) => T): T {
  const page = Number(
    mmap(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
  );
  check("mmap", page);
  try {
    Buffer.from(koffi.view(BigInt(page), CODE.length)).set(CODE);
    check("mprotect", mprotect(page, PAGE_SIZE, PROT_READ | PROT_EXEC));
    return work((leaf, subleaf) => {
      const out = new Uint32Array(4);
      koffi.call(BigInt(page), prototype, leaf, subleaf, out);
      return out;
    });
  } finally {
    check("munmap", munmap(page, PAGE_SIZE));
  }
}
