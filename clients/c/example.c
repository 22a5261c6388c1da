/*
 * An interpreter that owns its heap, calls C through it, and prints what C did to it. The program
 * it interprets is a line of words on the command line:
 *
 *   name="text"              a cell with that text
 *   name:N                   a cell of N bytes that nobody has written
 *   memcpy(dst,src,n)        libc's, on the cells dst and src
 *   crc32(src,n)             zlib's
 *
 *   cc -std=c99 -Wall -Wextra -Wpedantic -O2 -pthread -o example example.c ffiscope.c -ldl
 *   ffiscope run -- ./example 'greeting="hello, world"' copy:16 'memcpy(copy,greeting,13)'
 *
 * Without `ffiscope run` it does the same, untraced.
 */
#define _DEFAULT_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ffiscope.h"

enum { HEAP_SIZE = 16 * FFISCOPE_PAGE, MOST_CELLS = 16, CELL_ALIGNMENT = 64 };

/* ---- the interpreter's memory ---------------------------------------------------------------- */

struct cell {
  char name[32];
  uint8_t *start; /* in the heap */
  size_t size;
};

static uint8_t *heap; /* pages of its own: nothing but cells lies on them */
static size_t heap_used;
static struct cell cells[MOST_CELLS];
static size_t cell_count;

static void die(const char *what, const char *why) {
  fprintf(stderr, "example: %s: %s\n", what, why);
  exit(1);
}

static void check(ffiscope_status status, const ffiscope_error *error) {
  if (!status) return;
  fprintf(stderr, "example: %s%s%s\n", error->text, error->remedy ? ". " : "",
          error->remedy ? error->remedy : "");
  exit(1);
}

static struct cell *find(const char *name) {
  size_t i;
  for (i = 0; i < cell_count; i++)
    if (!strcmp(cells[i].name, name)) return &cells[i];
  die(name, "no such cell");
  return NULL;
}

static struct cell *make_cell(const char *name, size_t size) {
  struct cell *cell = &cells[cell_count++];
  if (cell_count == MOST_CELLS || heap_used + size > HEAP_SIZE) die(name, "the heap is full");
  strcpy(cell->name, name);
  cell->start = heap + heap_used;
  cell->size = size;
  heap_used = (heap_used + size + CELL_ALIGNMENT - 1) / CELL_ALIGNMENT * CELL_ALIGNMENT;
  return cell;
}

/* ---- what C did ------------------------------------------------------------------------------ */

/* An address as the interpreter's user knows it: a cell and an offset, also just outside of it. */
static bool print_event(void *context, const ffiscope_event *event) {
  const struct cell *nearest = &cells[0];
  long offset;
  size_t i;
  (void)context;
  for (i = 1; i < cell_count; i++)
    if ((uintptr_t)cells[i].start <= event->address) nearest = &cells[i];
  offset = (long)(event->address - (uintptr_t)nearest->start);
  printf("  %s %s+%ld, %" PRIu64 " bytes%s%s\n", event->kind == FFISCOPE_WRITE ? "write" : "read ",
         nearest->name, offset, event->size, event->certain ? "" : ", perhaps",
         offset + (long)event->size > (long)nearest->size ? ": OUTSIDE the cell" : "");
  return true;
}

/* ---- calls ----------------------------------------------------------------------------------- */

typedef unsigned long crc32_function(unsigned long crc, const uint8_t *bytes, unsigned length);

struct call {
  void *(*copy)(void *, const void *, size_t);
  crc32_function *crc32;
  struct cell *to, *from;
  size_t length;
  unsigned long result;
};

/* The call itself, and nothing else: whatever runs here is recorded. */
static void make_call(void *context) {
  struct call *call = (struct call *)context;
  if (call->crc32) call->result = call->crc32(0, call->from->start, (unsigned)call->length);
  else call->copy(call->to->start, call->from->start, call->length);
}

static void *load(const char *library, const char *symbol) {
  void *handle = dlopen(library, RTLD_NOW), *found = handle ? dlsym(handle, symbol) : NULL;
  if (!found) die(symbol, dlerror());
  return found;
}

/* A function as the heap's owner sees it: bytes in, bytes out, and who touched what in between. */
static void interpret_call(ffiscope *scope, struct call *call) {
  ffiscope_range range = {heap, HEAP_SIZE, PROT_READ | PROT_WRITE};
  ffiscope_heap pages = {&range, 1, NULL, 0, FFISCOPE_GUARD_THERE, NULL};
  ffiscope_error error;
  check(ffiscope_traced(scope, &pages, make_call, call, print_event, NULL, &error), &error);
}

static void interpret(ffiscope *scope, const char *word) {
  char name[32], from[32], text[256];
  unsigned long size;
  struct call call;
  void *function;
  memset(&call, 0, sizeof call);
  printf("%s\n", word);
  if (sscanf(word, "%31[^=(:]=\"%255[^\"]\"", name, text) == 2) {
    strcpy((char *)make_cell(name, strlen(text) + 1)->start, text);
  } else if (sscanf(word, "%31[^=(:]:%lu", name, &size) == 2) {
    make_cell(name, size);
  } else if (sscanf(word, "memcpy(%31[^,],%31[^,],%lu)", name, from, &size) == 3) {
    function = load("libc.so.6", "memcpy");
    memcpy(&call.copy, &function, sizeof function); /* ISO C has no cast for it */
    call.to = find(name);
    call.from = find(from);
    call.length = size;
    interpret_call(scope, &call);
    printf("  %s is now \"%.*s\"\n", name, (int)call.to->size, (char *)call.to->start);
  } else if (sscanf(word, "crc32(%31[^,],%lu)", from, &size) == 2) {
    function = load("libz.so.1", "crc32");
    memcpy(&call.crc32, &function, sizeof function);
    call.from = find(from);
    call.length = size;
    interpret_call(scope, &call);
    printf("  = %lu\n", call.result);
  } else {
    die(word, "cannot be read");
  }
}

int main(int argc, char **argv) {
  ffiscope *scope;
  ffiscope_error error;
  int i;
  check(ffiscope_attach(&scope, FFISCOPE_UNTRACED_OK, &error), &error);
  if (!ffiscope_is_tracing(scope)) puts("(untraced: start it with 'ffiscope run -- ./example')");
  heap = (uint8_t *)mmap(NULL, HEAP_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                         0);
  if (heap == MAP_FAILED) die("mmap", "no memory");
  for (i = 1; i < argc; i++) interpret(scope, argv[i]);
  return 0;
}
