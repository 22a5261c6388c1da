/* One call of one workload, by the clocks of the program itself: the same for all that is compared. */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "workload.h"

const workload *workload_named(const char *name) {
  for (const workload *at = loops; at->name; at++)
    if (strcmp(at->name, name) == 0) return at;
  for (const workload *at = libraries; at->name; at++)
    if (strcmp(at->name, name) == 0) return at;
  return NULL;
}

static size_t whole(size_t per_element, long n) {
  return (per_element * (size_t)n + FIXED_BYTES + 4095) & ~(size_t)4095;
}
size_t in_size(const workload *work, long n) { return whole(work->in_bytes, n); }
size_t out_size(const workload *work, long n) { return whole(work->out_bytes, n); }

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

timing timed(const workload *work, uint8_t *in, uint8_t *out, long n) {
  timing took;
  uint64_t cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID), wall = nanoseconds(CLOCK_MONOTONIC);
  work->run(in, out, n);
  took.wall = nanoseconds(CLOCK_MONOTONIC) - wall;
  took.cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
  return took;
}

/* By their place in `driver list`. */
static const workload *workload_at(long index) {
  for (const workload *at = loops; at->name; at++)
    if (index-- == 0) return at;
  return libraries + index;
}

/*
 * For the built-in host, which passes numbers: both times in units of 10 ns, the wall's in the upper
 * 32 bits.
 */
uint64_t host_timed(long index, uint8_t *in, uint8_t *out, long n) {
  timing took = timed(workload_at(index), in, out, n);
  return took.wall / 10 << 32 | took.cpu / 10;
}
