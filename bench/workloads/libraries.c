/*
 * Real libraries at work on buffers. They are declared here: their headers need not be installed.
 * What fails ends the program, for it would be measured otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

unsigned long crc32(unsigned long, const uint8_t *, unsigned);
int compress2(uint8_t *, unsigned long *, const uint8_t *, unsigned long, int);
int uncompress(uint8_t *, unsigned long *, const uint8_t *, unsigned long);
int LZ4_compress_default(const char *, char *, int, int);
int LZ4_decompress_safe(const char *, char *, int, int);
int BZ2_bzBuffToBuffCompress(char *, unsigned *, char *, unsigned, int, int, int);
int BZ2_bzBuffToBuffDecompress(char *, unsigned *, char *, unsigned, int, int);

static void must(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

/* Words, as compressible as prose. */
static void text(uint8_t *to, long n) {
  static const char *const words[] = {"the ",  "heap ",   "of ",    "a ",    "call ", "which ",
                                      "reads ", "bytes ", "before ", "it ",   "returns ", "memory, ",
                                      "and ",   "pages.\n", "guard ", "stops "};
  uint64_t state = 1;
  for (long at = 0; at < n;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const char *word = words[(state >> 33) & (state >> 40) % 16];
    long length = (long)strlen(word);
    if (length > n - at) length = n - at;
    memcpy(to + at, word, (size_t)length);
    at += length;
    if ((state >> 50) % 5 == 0 && at < n) to[at++] = (uint8_t)('0' + (state >> 55) % 10);
  }
}

/* What is packed begins with its length. */
static uint8_t *packed(uint8_t *in) { return in + 8; }
static void set_length(uint8_t *in, uint64_t length) { memcpy(in, &length, 8); }
static uint64_t length_of(const uint8_t *in) { return *(const uint64_t *)in; }

static uint8_t *new_text(long n) {
  uint8_t *made = malloc((size_t)n + 1);
  must(made != NULL, "malloc");
  text(made, n);
  return made;
}

static long run_crc32(uint8_t *in, uint8_t *out, long n) {
  (void)out;
  return (long)crc32(0, in, (unsigned)n);
}

static long deflate_(uint8_t *in, uint8_t *out, long n) {
  unsigned long length = (unsigned long)n * 2 + 4096;
  must(compress2(out, &length, in, (unsigned long)n, 6) == 0, "compress2");
  return (long)length;
}

static void prepare_inflate(uint8_t *in, long n) {
  uint8_t *from = new_text(n);
  unsigned long length = (unsigned long)n * 2 + 4096;
  must(compress2(packed(in), &length, from, (unsigned long)n, 6) == 0, "compress2");
  set_length(in, length);
  free(from);
}

static long inflate_(uint8_t *in, uint8_t *out, long n) {
  unsigned long length = (unsigned long)n;
  must(uncompress(out, &length, packed(in), length_of(in)) == 0, "uncompress");
  return (long)length;
}

static long lz4_compress(uint8_t *in, uint8_t *out, long n) {
  int length = LZ4_compress_default((char *)in, (char *)out, (int)n, (int)n * 2 + 4096);
  must(length > 0, "LZ4_compress_default");
  return length;
}

static void prepare_lz4(uint8_t *in, long n) {
  uint8_t *from = new_text(n);
  set_length(in, (uint64_t)lz4_compress(from, packed(in), n));
  free(from);
}

static long lz4_decompress(uint8_t *in, uint8_t *out, long n) {
  int length = LZ4_decompress_safe((char *)packed(in), (char *)out, (int)length_of(in), (int)n);
  must(length == n, "LZ4_decompress_safe");
  return length;
}

static long bzip2(uint8_t *in, uint8_t *out, long n) {
  unsigned length = (unsigned)n * 2 + 4096;
  must(BZ2_bzBuffToBuffCompress((char *)out, &length, (char *)in, (unsigned)n, 9, 0, 30) == 0,
       "BZ2_bzBuffToBuffCompress");
  return (long)length;
}

static void prepare_bunzip2(uint8_t *in, long n) {
  uint8_t *from = new_text(n);
  set_length(in, (uint64_t)bzip2(from, packed(in), n));
  free(from);
}

static long bunzip2(uint8_t *in, uint8_t *out, long n) {
  unsigned length = (unsigned)n;
  must(BZ2_bzBuffToBuffDecompress((char *)out, &length, (char *)packed(in), (unsigned)length_of(in), 0,
                                  0) == 0,
       "BZ2_bzBuffToBuffDecompress");
  return (long)length;
}

uint64_t comparisons; /* counted by count_comparisons alone */

static int by_value(const void *a, const void *b) {
  int left = *(const int *)a, right = *(const int *)b;
  return (left > right) - (left < right);
}

static int by_value_counted(const void *a, const void *b) {
  comparisons++;
  return by_value(a, b);
}

static void prepare_ints(uint8_t *in, long n) {
  uint64_t state = 1;
  for (long i = 0; i < n; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    ((int *)in)[i] = (int)(state >> 33);
  }
}

static long sort(uint8_t *in, uint8_t *out, long n) {
  (void)out;
  qsort(in, (size_t)n, sizeof(int), by_value);
  return ((int *)in)[0];
}

long count_comparisons(long n) {
  uint8_t *in = malloc((size_t)n * sizeof(int));
  must(in != NULL, "malloc");
  prepare_ints(in, n);
  qsort(in, (size_t)n, sizeof(int), by_value_counted);
  free(in);
  return (long)comparisons;
}

/* n bytes, `size` at a time. */
static long copies(uint8_t *in, uint8_t *out, long n, long size) {
  for (long at = 0; at + size <= n; at += size) memcpy(out + at, in + at, (size_t)size);
  return out[n - 1];
}
static long copy_16(uint8_t *in, uint8_t *out, long n) {
  static volatile long size = 16;
  return copies(in, out, n, size);
}
static long copy_256(uint8_t *in, uint8_t *out, long n) {
  static volatile long size = 256;
  return copies(in, out, n, size);
}
static long copy_4096(uint8_t *in, uint8_t *out, long n) {
  static volatile long size = 4096;
  return copies(in, out, n, size);
}
static long copy_65536(uint8_t *in, uint8_t *out, long n) {
  static volatile long size = 65536;
  return copies(in, out, n, size);
}

enum { ROOM_TO_GROW = FIXED_BYTES / 2 };

typedef struct sqlite3 sqlite3;
int sqlite3_open(const char *, sqlite3 **);
int sqlite3_close(sqlite3 *);
int sqlite3_exec(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);
uint8_t *sqlite3_serialize(sqlite3 *, const char *, int64_t *, unsigned);
int sqlite3_deserialize(sqlite3 *, const char *, uint8_t *, int64_t, int64_t, unsigned);
void sqlite3_free(void *);

static void statement(sqlite3 *database, const char *text) {
  must(sqlite3_exec(database, text, NULL, NULL, NULL) == 0, text);
}

/* A database of n rows, with an index. */
static void prepare_sqlite(uint8_t *in, long n) {
  char insert[400];
  int64_t size;
  sqlite3 *database;
  must(sqlite3_open(":memory:", &database) == 0, "sqlite3_open");
  statement(database, "create table item (id integer primary key, name text, price integer)");
  snprintf(insert, sizeof insert,
           "with recursive k(i) as (select 1 union all select i + 1 from k where i < %ld) "
           "insert into item select i, 'item ' || (i * 7919 %% 10007), i * 104729 %% 1000 from k",
           n);
  statement(database, insert);
  statement(database, "create index by_price on item (price)");
  uint8_t *image = sqlite3_serialize(database, "main", &size, 0);
  must(image != NULL, "sqlite3_serialize");
  memcpy(packed(in) + 4088, image, (size_t)size);
  set_length(in, (uint64_t)size);
  sqlite3_free(image);
  sqlite3_close(database);
}

/*
 * Looks at all, at some by the index, and changes some, in the buffer. With mmap_size its pages are
 * used where they lie; else each would be copied once, and nothing more be seen of it.
 */
static long sqlite(uint8_t *in, uint8_t *out, long n) {
  int64_t size = (int64_t)length_of(in);
  sqlite3 *database;
  (void)out, (void)n;
  must(sqlite3_open(":memory:", &database) == 0, "sqlite3_open");
  must(sqlite3_deserialize(database, "main", packed(in) + 4088, size, size + ROOM_TO_GROW, 0) == 0,
       "sqlite3_deserialize");
  statement(database, "pragma mmap_size = 268435456");
  statement(database, "select count(*), sum(price), max(name) from item");
  statement(database, "select name, count(*) from item group by name order by 2 desc limit 10");
  statement(database, "select sum(id) from item where price between 100 and 200");
  statement(database, "update item set price = price + 1 where id % 10 = 0");
  sqlite3_close(database);
  return 0;
}

const workload libraries[] = {
    {"crc32", run_crc32, text, 1, 0},
    {"inflate", inflate_, prepare_inflate, 2, 1},
    {"deflate", deflate_, text, 1, 2},
    {"lz4-compress", lz4_compress, text, 1, 2},
    {"lz4-decompress", lz4_decompress, prepare_lz4, 2, 1},
    {"bzip2", bzip2, text, 1, 2},
    {"bunzip2", bunzip2, prepare_bunzip2, 2, 1},
    {"sqlite", sqlite, prepare_sqlite, 100, 0},
    {"qsort", sort, prepare_ints, 4, 0},
    {"memcpy-16", copy_16, text, 1, 1},
    {"memcpy-256", copy_256, text, 1, 1},
    {"memcpy-4096", copy_4096, text, 1, 1},
    {"memcpy-65536", copy_65536, text, 1, 1},
    {0},
};
