/**
 * The launcher: what posix_spawn starts in place of the program. It waits for one byte on the gate
 * and then becomes the program; at the gate's end of file it exits. The tracer opens the gate once it
 * has seized it. So the program is seized, with EXITKILL, before its first instruction: no stop of
 * its own can be missed, and a supervisor that dies in between leaves nothing, for the gate closes.
 *
 * It is an ELF file of one segment, written out here in machine code: nothing compiled is shipped.
 * If execve(2) fails, it exits with the error's number.
 *
 * glibc's posix_spawn leaves its own two signals, 32 and 33, ignored where this process has handlers
 * for them: they are put back to the default.
 */

const LOAD_ADDRESS = 0x400000;
const ELF_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const CODE_OFFSET = ELF_HEADER_SIZE + PROGRAM_HEADER_SIZE;

/** `gate`: the descriptor to read from. `path`: of the program. */
export function launcherImage(gate: number, path: string): Buffer {
  const name = Buffer.from(`${path}\0`);
  const codeSize = launcherCode(0, 0).length;
  const code = launcherCode(gate, LOAD_ADDRESS + CODE_OFFSET + codeSize);
  const size = CODE_OFFSET + code.length + name.length;
  return Buffer.concat([elfHeader(), programHeader(size), code, name]);
}

function launcherCode(gate: number, path: number): Buffer {
  const imm32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes.toString("hex");
  };
  const code = [
    "4989e4", //               mov  r12, rsp           argc, argv.., 0, envp.., 0
    "31c0", //                 xor  eax, eax           read(gate, rsp-8, 1)
    `bf${imm32(gate)}`, //     mov  edi, gate
    "488d7424f8", //           lea  rsi, [rsp-8]
    "ba01000000", //           mov  edx, 1
    "0f05", //                 syscall
    "89c7", //                 mov  edi, eax
    "83f801", //               cmp  eax, 1
    "7550", //                 jne  exit
    "b803000000", //           mov  eax, 3             close(gate)
    `bf${imm32(gate)}`, //     mov  edi, gate
    "0f05", //                 syscall
    "31c0", //                 xor  eax, eax           SIG_DFL, no flags, no mask
    "50505050", //             push rax (4 times)
    "bb20000000", //           mov  ebx, 32
    "b80d000000", //     next: mov  eax, 13            rt_sigaction(ebx, rsp, 0, 8)
    "89df", //                 mov  edi, ebx
    "4889e6", //               mov  rsi, rsp
    "31d2", //                 xor  edx, edx
    "41ba08000000", //         mov  r10d, 8
    "0f05", //                 syscall
    "ffc3", //                 inc  ebx
    "83fb21", //               cmp  ebx, 33
    "76e5", //                 jbe  next
    "b83b000000", //           mov  eax, 59            execve(path, argv, envp)
    `bf${imm32(path)}`, //     mov  edi, path
    "498d742408", //           lea  rsi, [r12+8]
    "498b0c24", //             mov  rcx, [r12]
    "498d54cc10", //           lea  rdx, [r12+rcx*8+16]
    "0f05", //                 syscall
    "f7d8", //                 neg  eax
    "89c7", //                 mov  edi, eax
    "b8e7000000", //     exit: mov  eax, 231           exit_group(edi)
    "0f05", //                 syscall
  ];
  return Buffer.from(code.join(""), "hex");
}

/** Elf64_Ehdr, elf(5). */
function elfHeader(): Buffer {
  const header = Buffer.alloc(ELF_HEADER_SIZE);
  header.write("\x7fELF\x02\x01\x01", "latin1"); // 64-bit, little-endian, version 1
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(62, 18); // EM_X86_64
  header.writeUInt32LE(1, 20); // EV_CURRENT
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS + CODE_OFFSET), 24); // e_entry
  header.writeBigUInt64LE(BigInt(ELF_HEADER_SIZE), 32); // e_phoff
  header.writeUInt16LE(ELF_HEADER_SIZE, 52); // e_ehsize
  header.writeUInt16LE(PROGRAM_HEADER_SIZE, 54); // e_phentsize
  header.writeUInt16LE(1, 56); // e_phnum
  return header;
}

/** Elf64_Phdr, elf(5): the whole file, readable and executable. */
function programHeader(size: number): Buffer {
  const header = Buffer.alloc(PROGRAM_HEADER_SIZE);
  header.writeUInt32LE(1, 0); // PT_LOAD
  header.writeUInt32LE(5, 4); // PF_R | PF_X
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 16); // p_vaddr
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 24); // p_paddr
  header.writeBigUInt64LE(BigInt(size), 32); // p_filesz
  header.writeBigUInt64LE(BigInt(size), 40); // p_memsz
  header.writeBigUInt64LE(0x1000n, 48); // p_align
  return header;
}
