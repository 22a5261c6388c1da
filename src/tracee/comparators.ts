import type { NamedFunction } from "../ipc/index.js";
import { FfiscopeError } from "../model/index.js";
import { mapCode } from "../native/memory/heap-mapping.js";

/**
 * Machine code for `int compare(const void *a, const void *b)`, so that a comparator that the
 * command line names costs what one in C does. `str` compares the elements themselves as text that
 * ends in a NUL (strcmp(3)), not as pointers to text.
 */
const COMPARATORS: Readonly<Record<string, readonly string[]>> = {
  i32: [
    "31c0", //       xor   eax, eax
    "8b0f", //       mov   ecx, [rdi]
    "8b16", //       mov   edx, [rsi]
    "39d1", //       cmp   ecx, edx
    "0f9fc0", //     setg  al
    "0f9cc1", //     setl  cl
    "0fb6c9", //     movzx ecx, cl
    "29c8c3", //     sub   eax, ecx; ret
  ],
  u8: [
    "0fb607", //     movzx eax, byte [rdi]
    "0fb60e", //     movzx ecx, byte [rsi]
    "29c8c3", //     sub   eax, ecx; ret
  ],
  f64: [
    "f20f1007", //   movsd  xmm0, [rdi]
    "f20f100e", //   movsd  xmm1, [rsi]
    "31c0", //       xor    eax, eax
    "31c9", //       xor    ecx, ecx
    "660f2fc1", //   comisd xmm0, xmm1
    "0f97c0", //     seta   al
    "660f2fc8", //   comisd xmm1, xmm0
    "0f97c1", //     seta   cl
    "29c8c3", //     sub    eax, ecx; ret
  ],
  str: [
    "0fb607", //   1: movzx eax, byte [rdi]
    "0fb60e", //      movzx ecx, byte [rsi]
    "39c8", //        cmp   eax, ecx
    "750c", //        jne   2f
    "85c0", //        test  eax, eax
    "7408", //        je    2f
    "48ffc7", //      inc   rdi
    "48ffc6", //      inc   rsi
    "ebea", //        jmp   1b
    "29c8c3", //   2: sub   eax, ecx; ret
  ],
};

const mapped = new Map<string, NamedFunction>();

/** A built-in comparator, in the memory of this process. Throws FfiscopeError UNKNOWN_COMPARATOR. */
export function comparatorCode(name: string): NamedFunction {
  const known = mapped.get(name);
  if (known !== undefined) return known;
  const source = COMPARATORS[name];
  if (!source) {
    throw new FfiscopeError({
      code: "UNKNOWN_COMPARATOR",
      message: `there is no comparator '${name}'`,
      remedy: `Use one of ${Object.keys(COMPARATORS).join(", ")}`,
    });
  }
  const code = Buffer.from(source.join(""), "hex");
  const named = {
    image: "ffiscope",
    name: `cmp:${name}`,
    address: mapCode(code),
    size: code.length,
  };
  mapped.set(name, named);
  return named;
}
