/* Crashes below functions whose names begin with f_, by the letter that it is given. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline, noclone))

static volatile int *volatile null;
static volatile int sink;

FUNCTION static int f_compare(const void *a, const void *b) { return *(const int *)a - *null + (b != 0); }
FUNCTION static void f_sort(int *v, size_t n) { qsort(v, n, sizeof *v, f_compare); sink = v[0]; }
FUNCTION static void f_abort(void) { abort(); }
FUNCTION static void f_handler(int signal) { *null = signal; sink = 1; }
FUNCTION static void f_raise(void) { signal(SIGUSR2, f_handler); raise(SIGUSR2); sink = 2; }
FUNCTION static void f_fault(void) { *(volatile int *)16 = 1; sink = 3; }
FUNCTION static void f_nested(void) { signal(SIGSEGV, f_handler); f_fault(); sink = 4; }
FUNCTION static void f_wild(void) { ((void (*volatile)(void))0)(); sink = 5; }
/* A frame of a size that is not known beforehand, and one that has its stack pointer aligned. */
FUNCTION static void f_variable(int n) { char room[n]; memset(room, n, n); sink = room[n / 2]; f_wild(); sink = room[0]; }
FUNCTION static void f_aligned(int n) { char room[64] __attribute__((aligned(64))); memset(room, n, 64); f_variable(n); sink = room[n & 63]; }
/* The stack pointer moves in the function's middle. */
#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define CFA(BY) "\n\t.cfi_adjust_cfa_offset " #BY "\n\t"
#else
#define CFA(BY) "\n\t"
#endif
FUNCTION static void f_pushes(void) {
  __asm__ volatile("push %%rax" CFA(8) "movl $0, 0\n\tpop %%rax" CFA(-8) ::: "memory");
}
FUNCTION static int f_deep(int n) {
  if (n == 0) f_pushes();
  sink = n == 0 ? 0 : f_deep(n - 1);
  return sink + 1;
}

int main(int argc, char **argv) {
  int v[] = {4, 3, 2, 1};
  switch (argc > 1 ? argv[1][0] : 0) {
    case 's': f_sort(v, 4); break;
    case 'a': f_abort(); break;
    case 'r': f_raise(); break;
    case 'n': f_nested(); break;
    case 'w': f_wild(); break;
    case 'v': f_aligned(100); break;
    case 'd': sink = f_deep(9); break;
  }
  return sink;
}
