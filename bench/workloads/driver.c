/*
 * A program that makes the calls that are measured: untraced, and by the protocol as a plain client.
 *
 *   driver list                                names and buffer sizes: NAME IN_BYTES OUT_BYTES FIXED
 *   driver comparisons N                       how many a qsort of N makes
 *   driver prepare NAME N FILE                 writes what `in` is to hold
 *   driver run NAME N ROUNDS FILE RESULTS HOW  a line a round to RESULTS, in nanoseconds:
 *                                              untraced wall and cpu, traced wall and cpu, events
 *
 * HOW: `plain` (no client at all: the untraced call alone), `there` (the supervisor guards), `here`
 * (the client guards, as Miri does).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ffiscope.h"
#include "workload.h"

long count_comparisons(long n);

static void fail(const char *what) {
  fprintf(stderr, "driver: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint8_t *map(size_t size) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("mmap");
  return at;
}

static void list(const workload *at) {
  for (; at->name; at++)
    printf("%s %zu %zu %d\n", at->name, at->in_bytes, at->out_bytes, FIXED_BYTES);
}

static void prepare(const workload *work, long n, const char *path) {
  size_t size = in_size(work, n);
  uint8_t *in = map(size);
  if (work->prepare) work->prepare(in, n);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (size_t done = 0; done < size;) {
    ssize_t put = write(file, in + done, size - done);
    if (put <= 0) fail(path);
    done += (size_t)put;
  }
  close(file);
}

/* read(2), and no access of ours: tools that watch all accesses see the call alone. */
static void load(int file, uint8_t *in, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t got = pread(file, in + done, size - done, (off_t)done);
    if (got <= 0) fail("the prepared input");
    done += (size_t)got;
  }
}

static void check(ffiscope_status status, const ffiscope_error *error) {
  if (status == FFISCOPE_OK) return;
  fprintf(stderr, "driver: %s\n", error->text);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "list")) return list(loops), list(libraries), 0;
  if (argc == 3 && !strcmp(argv[1], "comparisons"))
    return printf("%ld\n", count_comparisons(atol(argv[2]))), 0;
  const workload *work = argc > 3 ? workload_named(argv[2]) : NULL;
  if (!work) return 2;
  long n = atol(argv[3]);
  if (argc == 5) return prepare(work, n, argv[4]), 0;
  if (argc != 8) return 2;

  int is_plain = !strcmp(argv[7], "plain");
  ffiscope *scope = NULL;
  ffiscope_error error;
  if (!is_plain) check(ffiscope_attach(&scope, 0, &error), &error);
  size_t in_bytes = in_size(work, n), out_bytes = out_size(work, n);
  uint8_t *in = map(in_bytes + BESIDE_BYTES + out_bytes), *out = in + in_bytes + BESIDE_BYTES;
  memset(out, 0, out_bytes);
  ffiscope_range ranges[] = {{in, in_bytes, 0}, {out, out_bytes, 0}};
  ffiscope_heap heap = {.ranges = ranges, .range_count = 2};
  heap.guard = strcmp(argv[7], "here") ? FFISCOPE_GUARD_THERE : FFISCOPE_GUARD_HERE;
  int file = open(argv[5], O_RDONLY);
  FILE *results = fopen(argv[6], "w");
  if (file < 0 || !results) fail(argv[6]);

  for (long round = atol(argv[4]); round > 0; round--) {
    timing traced = {0, 0};
    uint64_t events = 0;
    load(file, in, in_bytes);
    timing untraced = timed(work, in, out, n);
    if (!is_plain) {
      load(file, in, in_bytes);
      check(ffiscope_begin(scope, &heap, &error), &error);
      traced = timed(work, in, out, n);
      check(ffiscope_end(scope, &events, &error), &error);
      check(ffiscope_each_event(scope, NULL, NULL, &error), &error);
    }
    fprintf(results, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", untraced.wall,
            untraced.cpu, traced.wall, traced.cpu, events);
  }
  return fclose(results) ? 1 : 0;
}
