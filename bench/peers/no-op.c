/*
 * A client whose traced calls do nothing, or read one word a number of times: what a call, and an
 * access, costs under whichever supervisor started it. Prints the median of the calls in
 * nanoseconds, from ffiscope_begin to the last event.
 *
 *   no-op here|there PAGES MAPPINGS CALLS READS
 *
 * `here`: it guards its pages itself, as Miri does. MAPPINGS of PAGES pages each, none beside
 * another.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "ffiscope.h"

static volatile uint64_t *word;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void native(void *reads) {
  for (long i = *(long *)reads; i > 0; i--) (void)*word;
}

static int by_value(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

static ffiscope_range *map_all(size_t pages, size_t mappings) {
  size_t size = pages * FFISCOPE_PAGE, stride = size + FFISCOPE_PAGE;
  char *all = mmap(NULL, mappings * stride, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ffiscope_range *ranges = calloc(mappings, sizeof *ranges);
  if (all == MAP_FAILED || !ranges) abort();
  for (size_t i = 0; i < mappings; i++) {
    ranges[i].start = all + i * stride;
    ranges[i].size = size;
    if (mprotect(ranges[i].start, size, PROT_READ | PROT_WRITE)) abort();
    memset(ranges[i].start, 1, size);
  }
  word = ranges[0].start;
  return ranges;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  size_t pages = strtoul(argv[2], NULL, 10), mappings = strtoul(argv[3], NULL, 10);
  size_t calls = strtoul(argv[4], NULL, 10);
  long reads = strtol(argv[5], NULL, 10);
  ffiscope *scope;
  ffiscope_error error;
  if (ffiscope_attach(&scope, 0, &error)) return fprintf(stderr, "%s\n", error.text), 1;
  ffiscope_heap heap = {.ranges = map_all(pages, mappings), .range_count = mappings};
  heap.guard = strcmp(argv[1], "here") ? FFISCOPE_GUARD_THERE : FFISCOPE_GUARD_HERE;
  uint64_t *times = calloc(calls, sizeof *times);
  for (size_t i = 0; i < calls; i++) {
    uint64_t start = now();
    if (ffiscope_traced(scope, &heap, native, &reads, NULL, NULL, &error))
      return fprintf(stderr, "%s\n", error.text), 1;
    times[i] = now() - start;
  }
  qsort(times, calls, sizeof *times, by_value);
  printf("%llu\n", (unsigned long long)times[calls / 2]);
}
