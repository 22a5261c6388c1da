/*
 * A supervisor of the classic kind, to measure beside ffiscope: it speaks the same protocol to a
 * plain client that guards its own pages, and serves an access as Miri's native-lib tracer does, in
 * four stops: the fault, mprotect(2) to read-write that the child is made to call, the instruction
 * by itself, mprotect(2) to nothing. Like that tracer it is one loop that looks for stops and for
 * messages in turns and never sleeps.
 *
 *   classic PROGRAM [ARG...]
 *
 * Only what it costs is of interest: it decodes no instruction, and tells of every access as a read
 * of 8 bytes. One thread, and calls of up to EVENTS accesses.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
enum { EVENTS = 1 << 16, FRAME = 1 << 20 };

static pid_t child;
static int line;
static unsigned long entry; /* the program's, which has run: `syscall; int3` stands there now */
static uint64_t pages[FRAME / 2]; /* of the heap, in the order of the message */
static size_t page_count;
static uint64_t events[EVENTS];
static size_t event_count;
static int override_code = -1;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long request(int what, unsigned long address, unsigned long data) {
  long result = ptrace(what, child, address, data);
  if (result == -1) fail("ptrace");
  return result;
}

/* Runs the child to its next stop. */
static int run_on(int how) {
  int status;
  request(how, 0, 0);
  if (waitpid(child, &status, __WALL) != child || !WIFSTOPPED(status)) fail("waitpid");
  return WSTOPSIG(status);
}

static void inject_mprotect(const struct user_regs_struct *from, unsigned long page, int protection) {
  struct user_regs_struct registers = *from;
  registers.rip = entry;
  registers.rax = SYS_mprotect;
  registers.orig_rax = -1ul;
  registers.rdi = page;
  registers.rsi = PAGE;
  registers.rdx = (unsigned long)protection;
  request(PTRACE_SETREGS, 0, (unsigned long)&registers);
  if (run_on(PTRACE_CONT) != SIGTRAP) fail("mprotect in the child");
}

static int in_heap(uint64_t address) {
  for (size_t i = 0; i < page_count; i++)
    if (pages[i] == (address & -PAGE)) return 1;
  return 0;
}

static void serve(uint64_t address) {
  struct user_regs_struct before, after;
  request(PTRACE_GETREGS, 0, (unsigned long)&before);
  inject_mprotect(&before, address & -PAGE, PROT_READ | PROT_WRITE);
  request(PTRACE_SETREGS, 0, (unsigned long)&before);
  if (run_on(PTRACE_SINGLESTEP) != SIGTRAP) fail("step");
  request(PTRACE_GETREGS, 0, (unsigned long)&after);
  inject_mprotect(&after, address & -PAGE, PROT_NONE);
  request(PTRACE_SETREGS, 0, (unsigned long)&after);
  if (event_count < EVENTS) events[event_count++] = address;
}

static void write_all(const void *from, size_t length) {
  for (const char *at = from; length > 0;) {
    ssize_t put = write(line, at, length);
    if (put < 0 && errno != EINTR) fail("write");
    if (put > 0) at += put, length -= (size_t)put;
  }
}

static void confirm(void) { write_all("\1\0\0\0\x90", 5); }

static void deliver(void) {
  static uint8_t frame[16 + 17 * EVENTS] = {0, 0, 0, 0, 0x91, 0xdd};
  uint8_t *at = frame + 6;
  for (int i = 24; i >= 0; i -= 8) *at++ = (uint8_t)(event_count >> i);
  for (size_t i = 0; i < event_count; i++) {
    at = mempcpy(at, "\x81\xa4Read\x92\xcf", 8);
    for (int shift = 56; shift >= 0; shift -= 8) *at++ = (uint8_t)(events[i] >> shift);
    *at++ = 8;
  }
  uint32_t length = (uint32_t)(at - frame - 4);
  memcpy(frame, &length, 4);
  write_all(frame, (size_t)(at - frame));
  event_count = 0;
}

static void read_all(uint8_t *into, size_t length) {
  while (length > 0) {
    ssize_t got = read(line, into, length);
    if (got <= 0) fail("read");
    into += got, length -= (size_t)got;
  }
}

static uint64_t integer(const uint8_t **at) {
  uint8_t first = *(*at)++;
  if (first < 0x80) return first;
  if (first >= 0xe0) return (uint64_t)(int8_t)first;
  uint64_t value = 0;
  for (int bytes = 1 << (first & 3); bytes > 0; bytes--) value = value << 8 | *(*at)++;
  return value;
}

/* One message, if there is one. */
static void take_message(void) {
  static uint8_t payload[FRAME];
  uint32_t length;
  ssize_t got = recv(line, &length, 4, MSG_DONTWAIT);
  if (got <= 0) return;
  if (got < 4) read_all((uint8_t *)&length + got, 4 - (size_t)got);
  if (length > FRAME) fail("a frame that is too long");
  read_all(payload, length);
  const uint8_t *at = payload + 1;
  size_t name = *at++ & 0x1f;
  at += name;
  if (name == strlen("OverrideRetcode")) override_code = (int)integer(&at);
  else {
    at++;
    page_count = *at++;
    if (page_count == 0xdc) page_count = (size_t)at[0] << 8 | at[1], at += 2;
    else page_count &= 0xf;
    for (size_t i = 0; i < page_count; i++) pages[i] = integer(&at);
  }
  confirm();
}

static void start(char **argv) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) fail("socketpair");
  child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    char number[16];
    fcntl(ends[1], F_SETFD, 0);
    snprintf(number, sizeof number, "%d", ends[1]);
    setenv("FFISCOPE_FD", number, 1);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execvp(argv[0], argv);
    fail(argv[0]);
  }
  close(ends[1]);
  line = ends[0];
  int status;
  waitpid(child, &status, 0); /* the exec */
  request(PTRACE_SETOPTIONS, 0, PTRACE_O_EXITKILL);
}

/* Once the program runs, its entry point is not needed any more. */
static void take_entry(void) {
  char path[64];
  Elf64_auxv_t pair;
  snprintf(path, sizeof path, "/proc/%d/auxv", child);
  int auxv = open(path, O_RDONLY);
  while (read(auxv, &pair, sizeof pair) == sizeof pair && pair.a_type != AT_ENTRY);
  close(auxv);
  entry = pair.a_un.a_val;
  request(PTRACE_POKETEXT, entry, 0xcc050f);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int started = 0, calling = 0;
  start(argv + 1);
  request(PTRACE_CONT, 0, 0);
  for (;;) {
    int status;
    if (waitpid(child, &status, WNOHANG | __WALL) == 0) {
      take_message();
      sched_yield();
      continue;
    }
    if (WIFEXITED(status)) return override_code >= 0 ? override_code : WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return override_code >= 0 ? override_code : 1;
    int signal = WSTOPSIG(status);
    if (signal == SIGSTOP) {
      if (!started) take_entry();
      else calling = 1;
      started = 1;
      request(PTRACE_CONT, 0, 0);
    } else if (signal == SIGUSR1 && calling) {
      calling = 0;
      request(PTRACE_CONT, 0, 0);
      deliver();
    } else if (signal == SIGSEGV && calling) {
      siginfo_t info;
      request(PTRACE_GETSIGINFO, 0, (unsigned long)&info);
      int guarded = in_heap((uint64_t)info.si_addr);
      if (guarded) serve((uint64_t)info.si_addr);
      request(PTRACE_CONT, 0, guarded ? 0 : SIGSEGV);
    } else request(PTRACE_CONT, 0, (unsigned long)signal);
  }
}
