/* Loops that do nothing but access memory. Compiled without vectors and without memcpy for loops. */
#include "workload.h"

static long nothing(uint8_t *in, uint8_t *out, long n) {
  (void)in, (void)out;
  return n;
}

static long sum(uint8_t *in, uint8_t *out, long n) {
  const long *from = (const long *)in;
  long total = 0;
  (void)out;
  for (long i = 0; i < n; i++) total += from[i];
  return total;
}

static long fill(uint8_t *in, uint8_t *out, long n) {
  long *to = (long *)out;
  (void)in;
  for (long i = 0; i < n; i++) to[i] = i;
  return n;
}

static long copy(uint8_t *in, uint8_t *out, long n) {
  const long *from = (const long *)in;
  long *to = (long *)out;
  for (long i = 0; i < n; i++) to[i] = from[i];
  return n;
}

/* Each element is the index of the next: a load waits for the one before it. */
static long chase(uint8_t *in, uint8_t *out, long n) {
  const long *next = (const long *)in;
  long at = 0;
  (void)out;
  for (long i = 0; i < n; i++) at = next[at];
  return at;
}

static uint64_t lcg(uint64_t state) { return state * 6364136223846793005u + 1442695040888963407u; }

static long at_random(uint8_t *in, uint8_t *out, long n) {
  const long *from = (const long *)in;
  uint64_t state = 1;
  long total = 0;
  (void)out;
  for (long i = 0; i < n; i++) {
    state = lcg(state);
    total += from[(state >> 32) * (uint64_t)n >> 32];
  }
  return total;
}

static long bytewise(uint8_t *in, uint8_t *out, long n) {
  long total = 0;
  (void)out;
  for (long i = 0; i < n; i++) total += in[i];
  return total;
}

/* n reads of 1 MiB, over and over. */
static long sweep(uint8_t *in, uint8_t *out, long n) {
  const long *from = (const long *)in;
  long total = 0;
  (void)out;
  while (n > 0) {
    long count = n < FIXED_BYTES / 8 ? n : FIXED_BYTES / 8;
    for (long i = 0; i < count; i++) total += from[i];
    n -= count;
  }
  return total;
}

/* 100 bytes, evenly spread over n instructions that touch nothing: four in a turn of this loop. */
static long aside(uint8_t *in, uint8_t *out, long n) {
  uint64_t state = 1;
  (void)out;
  for (long i = 0; i < 100; i++) {
    for (long turn = n / 400; turn > 0; turn--)
      __asm__ volatile("imul $1664525, %0, %0\n\tadd $1013904223, %0" : "+r"(state));
    state += in[i];
  }
  return (long)state;
}

/* One cycle through all (Sattolo's). */
static void prepare_chase(uint8_t *in, long n) {
  long *next = (long *)in;
  uint64_t state = 1;
  for (long i = 0; i < n; i++) next[i] = i;
  for (long i = n - 1; i > 0; i--) {
    state = lcg(state);
    long other = (long)((state >> 32) * (uint64_t)i >> 32), kept = next[i];
    next[i] = next[other];
    next[other] = kept;
  }
}

const workload loops[] = {
    {"empty", nothing, NULL, 0, 0},        {"sum", sum, NULL, 8, 0},
    {"fill", fill, NULL, 0, 8},            {"copy", copy, NULL, 8, 8},
    {"chase", chase, prepare_chase, 8, 0}, {"random", at_random, NULL, 8, 0},
    {"bytes", bytewise, NULL, 1, 0},       {"sweep", sweep, NULL, 0, 0},
    {"aside", aside, NULL, 0, 0},          {0},
};
