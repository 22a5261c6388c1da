#ifndef WORKLOAD_H
#define WORKLOAD_H
#include <stddef.h>
#include <stdint.h>

/*
 * A function that is measured. All that it is given lies in `in` and `out`, which may be traced; its
 * other memory (stack, malloc) never is.
 */
typedef struct workload {
  const char *name;
  long (*run)(uint8_t *in, uint8_t *out, long n);
  void (*prepare)(uint8_t *in, long n); /* NULL: zeroes will do */
  size_t in_bytes, out_bytes;           /* for each of n, and FIXED_BYTES more */
} workload;

enum { FIXED_BYTES = 1 << 20, BESIDE_BYTES = 1 << 21 };

extern const workload loops[], libraries[]; /* up to a NULL name */

const workload *workload_named(const char *name);
size_t in_size(const workload *work, long n);
size_t out_size(const workload *work, long n);

/* What a call took, in nanoseconds: of the clock on the wall, and of the thread's own time. */
typedef struct timing {
  uint64_t wall, cpu;
} timing;
timing timed(const workload *work, uint8_t *in, uint8_t *out, long n);

#endif
