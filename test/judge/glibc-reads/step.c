// step FUNCTION ARG...: calls a libc string function and single-steps it.
//
// ARG: i5 is a number; b97,33,a is a buffer of 33 'a', 97 bytes into a page, all else 'Z'; b97,33,a0
// has a NUL behind them. Output, a line each:
//   base ADDRESS              where buffers begin: argument N has pages [8N, 8N+8) of it
//   fn NAME ADDRESS           what dlsym says
//   map LINE                  /proc/self/maps
//   CODE K0,..,K7 RIP RAX RCX RDX RBX RSP RBP RSI RDI R8 .. R15     before each instruction
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY ((char *)0x10000000)
#define ARGUMENT_SIZE (8 * 4096)

static const char *names[] = {
    "strlen",     "strnlen",    "strcpy",       "stpcpy",       "strncpy",     "stpncpy", "strcat",
    "strncat",    "strchr",     "strchrnul",    "strrchr",      "strcmp",      "strncmp", "strcasecmp",
    "strncasecmp", "strcasecmp_l", "strncasecmp_l", "memchr",   "memrchr",     "rawmemchr", "memcmp",
    "__memcmpeq", "memcpy",     "memset",       "strspn",       "strcspn",     "strpbrk", "strstr",
    "wcslen",     "wmemchr",    "wmemcmp",      NULL};

static long place(int index, const char *arg) {
  if (arg[0] == 'i') return strtol(arg + 1, NULL, 0);
  long start, length;
  char fill, nul = 'Z';
  sscanf(arg, "b%ld,%ld,%c%c", &start, &length, &fill, &nul);
  char *area = MEMORY + index * ARGUMENT_SIZE;
  memset(area, 'Z', ARGUMENT_SIZE);
  memset(area + start, fill, length);
  if (nul == '0') area[start + length] = 0;
  return (long)(area + start);
}

int main(int argc, char **argv) {
  long (*f)(long, long, long, long) = dlsym(RTLD_DEFAULT, argv[1]);
  mmap(MEMORY, 8 * ARGUMENT_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  long arg[4] = {0};
  for (int i = 2; i < argc; i++) arg[i - 2] = place(i - 2, argv[i]);

  printf("base %lx\n", (long)MEMORY);
  for (int i = 0; names[i]; i++) printf("fn %s %lx\n", names[i], (long)dlsym(RTLD_DEFAULT, names[i]));
  FILE *maps = fopen("/proc/self/maps", "r");
  for (char line[512]; fgets(line, sizeof line, maps);) printf("map %s", line);
  fflush(stdout);

  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    f(arg[0], arg[1], arg[2], arg[3]);
    raise(SIGUSR1);
    _exit(0);
  }
  unsigned size, opmasks, ecx, edx;
  __cpuid_count(0xd, 5, size, opmasks, ecx, edx); // k0 to k7 in an XSAVE area
  int status, inside = 0;
  waitpid(pid, &status, 0);
  for (;;) {
    ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) break;
    struct user_regs_struct r;
    ptrace(PTRACE_GETREGS, pid, 0, &r);
    inside |= r.rip == (unsigned long)f;
    if (!inside) continue;
    static unsigned char xsave[16384];
    struct iovec area = {xsave, sizeof xsave};
    ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &area);
    for (int i = 0; i < 15; i++) printf("%02x", ((unsigned char *)r.rip)[i]);
    for (int i = 0; i < 8; i++)
      printf("%c%lx", i ? ',' : ' ', size ? ((unsigned long *)(xsave + opmasks))[i] : 0);
    unsigned long long registers[] = {r.rip, r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi,
                                      r.r8,  r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15};
    for (int i = 0; i < 17; i++) printf(" %llx", registers[i]);
    printf("\n");
  }
  kill(pid, SIGKILL);
}
