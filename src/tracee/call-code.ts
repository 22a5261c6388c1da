import { mapCode } from "../native/memory/heap-mapping.js";

/**
 * Where a call's frame has what: offsets in bytes. What goes in is what {@link CALL_CODE} loads before
 * the call; what comes out is what it stores after it.
 */
export const FRAME = {
  function: 0,
  /** rdi, rsi, rdx, rcx, r8, r9. */
  integer: 8,
  /** Taken of xmm0 to xmm7: al, where a variadic function looks. */
  vectorCount: 56,
  /** Of the arguments on the stack: how many words of 8 bytes, where they are, minus their alignment. */
  stackWords: 64,
  stackAddress: 72,
  stackMask: 80,
  errnoAddress: 88,
  /** The low 8 bytes of xmm0 to xmm7. */
  vector: 96,
  /** rax, rdx; then the low 8 bytes of xmm0, xmm1; then st(0), st(1), 16 bytes each. */
  integerResults: 160,
  vectorResults: 176,
  x87Results: 192,
  errno: 224,
  /** How many of st(0), st(1) the function returns in. */
  x87Count: 228,
  size: 232,
} as const;

/** Makes the call that the frame at rdi says: errno(3) is 0 before it, and read at once after it. */
const CALL_CODE: readonly string[] = [
  "55", //                 push   rbp
  "4889e5", //             mov    rbp, rsp
  "53", //                 push   rbx
  "4889fb", //             mov    rbx, rdi
  "488b4358", //           mov    rax, [rbx+88]
  "c70000000000", //       mov    dword [rax], 0
  "488b4b40", //           mov    rcx, [rbx+64]
  "488d04cd00000000", //   lea    rax, [rcx*8]
  "4829c4", //             sub    rsp, rax
  "48236350", //           and    rsp, [rbx+80]
  "488b7348", //           mov    rsi, [rbx+72]
  "4889e7", //             mov    rdi, rsp
  "f348a5", //             rep movsq
  "f30f7e4360", //         movq   xmm0, [rbx+96]
  "f30f7e4b68", //         movq   xmm1, [rbx+104]
  "f30f7e5370", //         movq   xmm2, [rbx+112]
  "f30f7e5b78", //         movq   xmm3, [rbx+120]
  "f30f7ea380000000", //   movq   xmm4, [rbx+128]
  "f30f7eab88000000", //   movq   xmm5, [rbx+136]
  "f30f7eb390000000", //   movq   xmm6, [rbx+144]
  "f30f7ebb98000000", //   movq   xmm7, [rbx+152]
  "488b7b08", //           mov    rdi, [rbx+8]
  "488b7310", //           mov    rsi, [rbx+16]
  "488b5318", //           mov    rdx, [rbx+24]
  "488b4b20", //           mov    rcx, [rbx+32]
  "4c8b4328", //           mov    r8, [rbx+40]
  "4c8b4b30", //           mov    r9, [rbx+48]
  "8b4338", //             mov    eax, [rbx+56]
  "ff13", //               call   [rbx]
  "488983a0000000", //     mov    [rbx+160], rax
  "488993a8000000", //     mov    [rbx+168], rdx
  "660fd683b0000000", //   movq   [rbx+176], xmm0
  "660fd68bb8000000", //   movq   [rbx+184], xmm1
  "488b4358", //           mov    rax, [rbx+88]
  "8b00", //               mov    eax, [rax]
  "8983e0000000", //       mov    [rbx+224], eax
  "8b8be4000000", //       mov    ecx, [rbx+228]
  "e310", //               jrcxz  1f
  "dbbbc0000000", //       fstp   tbyte [rbx+192]
  "ffc9", //               dec    ecx
  "e306", //               jrcxz  1f
  "dbbbd0000000", //       fstp   tbyte [rbx+208]
  "488b5df8c9c3", //    1: mov    rbx, [rbp-8]; leave; ret
];

/** The code, in the memory of this process. */
export function mapCallCode(): { readonly address: number; readonly size: number } {
  const code = Buffer.from(CALL_CODE.join(""), "hex");
  return { address: mapCode(code), size: code.length };
}
