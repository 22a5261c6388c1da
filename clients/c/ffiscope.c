/*
 * See ffiscope.h for use and docs/protocol.md for the protocol.
 *
 * Who may touch what:
 * - `lock` guards what the threads agree on: phase, tickets, failure.
 * - `sending` is held while a frame is written, so that frames and tickets have one order.
 * - The input belongs to one thread at a time: to the one that set `receiving`, or, while events
 *   are being read, to the thread whose call they are of.
 * Nobody waits with a lock held, but for `sending` while the supervisor takes a frame.
 *
 * Whoever waits for an answer when nobody receives, receives: it takes one message off the line,
 * for whomever that is, and tells the others. So it does not matter in which order answers of
 * different kinds come, and a thread whose answer is there never waits for one whose answer is not.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, syscall(2) */
#endif
#include "ffiscope.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VARIABLE "FFISCOPE_FD"
#define MARKED_SIGNALS "marked-signals"
#define RANGES "ranges"
#define EXTENSIONS_VERSION 1

/* si_value of a marked signal: "ffiscope" in ASCII. */
#define SIGNAL_MARK UINT64_C(0x65706f6373696666)

enum {
  FRAME_HEADER = 4,          /* a little-endian u32 */
  OUTPUT_CAPACITY = 1 << 14, /* written at a time, in bytes */
  INPUT_CAPACITY = 1 << 16,  /* read at a time, in bytes */
  LONGEST_ITEM = 64,         /* more than any integer or name here takes, in bytes */
  EVENTS_AT_A_TIME = 256
};

/* What a child's frame may hold, in bytes. */
#define FRAME_LIMIT (UINT64_C(256) << 20)
/* The supervisor takes no more entries of page_ptrs. */
#define RANGES_LIMIT (UINT64_C(1) << 20)
#define PAGES_LIMIT (UINT64_C(1) << 25)

enum phase {
  FREE,     /* no call */
  STARTING, /* StartFfi is on its way */
  CALLING,  /* between SIGSTOP and SIGUSR1 */
  ENDING,   /* MemEvents are on their way */
  READING   /* MemEvents have begun to come */
};

struct output {
  int fd;
  size_t length;
  int system_errno; /* of the write that failed; nothing is written after it */
  uint8_t bytes[OUTPUT_CAPACITY];
};

struct input {
  int fd;
  size_t start, end;    /* of what has been received and not been taken */
  uint64_t frame_left;  /* bytes of the frame that have not been taken */
  uint64_t events_left; /* of the MemEvents that are being read */
  ffiscope_error error; /* why it is at its end */
  uint8_t bytes[INPUT_CAPACITY];
};

struct ffiscope {
  bool tracing;
  bool marks_signals;
  bool hands_ranges;
  pid_t pid;
  uid_t uid;
  const bool *in_process; /* false in a fork of the process; NULL where the kernel cannot do that */
  int fd;

  pthread_mutex_t sending;
  struct output output;

  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t requested; /* requests that a Confirmation answers, so far: each one's ticket */
  uint64_t confirmed; /* Confirmations so far */
  enum phase phase;
  pthread_t caller;            /* whose turn it is, unless the phase is FREE */
  long caller_id;              /* the caller's, as the kernel numbers it */
  const ffiscope_heap *closed; /* the heap that is guarded here; the caller's alone */
  bool in_callback;            /* the caller is in an ffiscope_on_event */
  bool receiving;
  ffiscope_error failure;      /* the line is of no use any more */

  struct input input;
};

/* ---- errors ---------------------------------------------------------------------------------- */

static ffiscope_status describe(ffiscope_error *error, ffiscope_status status, int system_errno,
                                const char *remedy, const char *format, va_list values) {
  if (!error) return status;
  error->status = status;
  error->system_errno = system_errno;
  error->remedy = remedy;
  vsnprintf(error->text, sizeof error->text, format, values);
  return status;
}

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static ffiscope_status refuse(ffiscope_error *error, ffiscope_status status, const char *remedy,
                              const char *format, ...) {
  va_list values;
  va_start(values, format);
  describe(error, status, 0, remedy, format, values);
  va_end(values);
  return status;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static ffiscope_status system_refuses(ffiscope_error *error, int system_errno, const char *format,
                                      ...) {
  va_list values;
  va_start(values, format);
  describe(error, FFISCOPE_SYSTEM, system_errno, NULL, format, values);
  va_end(values);
  if (error) {
    size_t length = strlen(error->text);
    /* glibc's and musl's strerror is safe in threads, for errors that exist. */
    snprintf(error->text + length, sizeof error->text - length, ": %s", strerror(system_errno));
  }
  return FFISCOPE_SYSTEM;
}

static ffiscope_status succeed(ffiscope_error *error) {
  if (error) memset(error, 0, sizeof *error);
  return FFISCOPE_OK;
}

/* With `lock` held. Why the line is of no use, if so. */
static ffiscope_status line_status(const ffiscope *scope, ffiscope_error *error) {
  if (scope->failure.status && error) *error = scope->failure;
  return scope->failure.status;
}

/* With `lock` held. Nobody waits any more, and the turn is over. */
static ffiscope_status lose_line(ffiscope *scope, const ffiscope_error *why,
                                 ffiscope_error *error) {
  if (!scope->failure.status) scope->failure = *why;
  scope->phase = FREE;
  pthread_cond_broadcast(&scope->changed);
  return line_status(scope, error);
}

static ffiscope_status gone(ffiscope_error *error) {
  return refuse(error, FFISCOPE_LOST, "The supervisor has ended: end as well",
                "the supervisor has closed the line");
}

/* A page that a fork finds empty: getpid(2) would be one more system call of each traced call, which
 * the supervisor looks at. */
static bool *mark_process(void) {
#ifdef MADV_WIPEONFORK
  bool *mark = (bool *)mmap(NULL, FFISCOPE_PAGE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mark == MAP_FAILED) return NULL;
  if (madvise(mark, FFISCOPE_PAGE, MADV_WIPEONFORK) == 0) {
    *mark = true;
    return mark;
  }
  munmap(mark, FFISCOPE_PAGE);
#endif
  return NULL;
}

static void close_scope(ffiscope *scope) {
  if (scope->in_process) munmap((void *)(uintptr_t)scope->in_process, FFISCOPE_PAGE);
  munmap(scope, sizeof *scope);
}

static ffiscope_status check_process(const ffiscope *scope, ffiscope_error *error) {
  if (scope->in_process ? *scope->in_process : scope->pid == getpid()) return FFISCOPE_OK;
  return refuse(error, FFISCOPE_FORKED, "Make traced calls in the process that attached",
                "process %ld is a fork of process %ld, whose line to the supervisor it cannot use",
                (long)getpid(), (long)scope->pid);
}

/* ---- the line -------------------------------------------------------------------------------- */

/* The descriptor is a blocking one unless somebody has changed that. */
static void wait_for_line(int fd, short events) {
  struct pollfd line;
  line.fd = fd;
  line.events = events;
  line.revents = 0;
  poll(&line, 1, -1);
}

static void flush(struct output *out) {
  size_t at = 0;
  while (at < out->length && !out->system_errno) {
    ssize_t sent = send(out->fd, out->bytes + at, out->length - at, MSG_NOSIGNAL);
    if (sent >= 0) at += (size_t)sent;
    else if (errno == EAGAIN || errno == EWOULDBLOCK) wait_for_line(out->fd, POLLOUT);
    else if (errno != EINTR) out->system_errno = errno;
  }
  out->length = 0;
}

static void put(struct output *out, const void *bytes, size_t length) {
  if (out->length + length > OUTPUT_CAPACITY) flush(out);
  memcpy(out->bytes + out->length, bytes, length);
  out->length += length;
}

/* False, for the caller to return. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bool bad_message(struct input *in, const char *format, ...) {
  va_list values;
  va_start(values, format);
  describe(&in->error, FFISCOPE_BAD_MESSAGE, 0, "The supervisor does not speak this protocol",
           format, values);
  va_end(values);
  return false;
}

/* Receives until `length` bytes are there, at most LONGEST_ITEM. */
static bool receive_bytes(struct input *in, size_t length) {
  if (in->start + length > INPUT_CAPACITY) {
    memmove(in->bytes, in->bytes + in->start, in->end - in->start);
    in->end -= in->start;
    in->start = 0;
  }
  while (in->end - in->start < length) {
    ssize_t got = recv(in->fd, in->bytes + in->end, INPUT_CAPACITY - in->end, 0);
    int system_errno = errno;
    if (got > 0) {
      in->end += (size_t)got;
    } else if (got == 0 || system_errno == ECONNRESET) {
      gone(&in->error);
      return false;
    } else if (system_errno == EAGAIN || system_errno == EWOULDBLOCK) {
      wait_for_line(in->fd, POLLIN);
    } else if (system_errno != EINTR) {
      system_refuses(&in->error, system_errno, "cannot receive from the supervisor");
      return false;
    }
  }
  return true;
}

/* ---- MessagePack, github.com/msgpack/msgpack/blob/master/spec.md ----------------------------- */

enum {
  FIXMAP = 0x80,
  FIXARRAY = 0x90,
  FIXSTR = 0xa0,
  FALSE_BYTE = 0xc2,
  TRUE_BYTE = 0xc3,
  UINT_8 = 0xcc, /* and 16, 32 and 64 bits after it */
  INT_8 = 0xd0,
  INT_64 = 0xd3,
  STR_8 = 0xd9,
  ARRAY_16 = 0xdc,
  ARRAY_32 = 0xdd,
  MAP_16 = 0xde,
  NEGATIVE_FIXINT = 0xe0
};

/* Writes a format byte and `size` bytes of `value`, big-endian. */
static size_t big_endian(uint8_t *to, uint8_t format, uint64_t value, size_t size) {
  size_t i;
  to[0] = format;
  for (i = 0; i < size; i++) to[1 + i] = (uint8_t)(value >> (8 * (size - 1 - i)));
  return 1 + size;
}

/* Each in its shortest form, as rmp_serde writes it; returns its length, at most 9 bytes. */
static size_t encode_unsigned(uint8_t *to, uint64_t value) {
  if (value < FIXMAP) return big_endian(to, (uint8_t)value, 0, 0);
  if (value <= UINT8_MAX) return big_endian(to, UINT_8, value, 1);
  if (value <= UINT16_MAX) return big_endian(to, UINT_8 + 1, value, 2);
  if (value <= UINT32_MAX) return big_endian(to, UINT_8 + 2, value, 4);
  return big_endian(to, UINT_8 + 3, value, 8);
}

static size_t encode_signed(uint8_t *to, int32_t value) {
  uint64_t bits = (uint64_t)(int64_t)value;
  if (value >= 0) return encode_unsigned(to, bits);
  if (value >= -32) return big_endian(to, (uint8_t)bits, 0, 0);
  if (value >= INT8_MIN) return big_endian(to, INT_8, bits, 1);
  if (value >= INT16_MIN) return big_endian(to, INT_8 + 1, bits, 2);
  return big_endian(to, INT_8 + 2, bits, 4);
}

static size_t encode_array(uint8_t *to, uint64_t length) {
  if (length < 16) return big_endian(to, (uint8_t)(FIXARRAY + length), 0, 0);
  if (length <= UINT16_MAX) return big_endian(to, ARRAY_16, length, 2);
  return big_endian(to, ARRAY_32, length, 4);
}

/* A text of less than 32 bytes. */
static size_t encode_text(uint8_t *to, const char *text) {
  size_t length = strlen(text);
  to[0] = (uint8_t)(FIXSTR + length);
  memcpy(to + 1, text, length);
  return 1 + length;
}

/* The next `length` bytes of the frame, good until the next are taken; NULL where there are none.
 * `where`, here and below: what they are of, for an error. */
static const uint8_t *take(struct input *in, size_t length, const char *where) {
  const uint8_t *bytes;
  if (in->frame_left < length) {
    bad_message(in, "the frame ends inside %s", where);
    return NULL;
  }
  if (in->end - in->start < length && !receive_bytes(in, length)) return NULL;
  bytes = in->bytes + in->start;
  in->start += length;
  in->frame_left -= length;
  return bytes;
}

static bool take_number(struct input *in, size_t size, uint64_t *value, const char *where) {
  const uint8_t *bytes = take(in, size, where);
  size_t i;
  if (!bytes) return false;
  *value = 0;
  for (i = 0; i < size; i++) *value = *value << 8 | bytes[i];
  return true;
}

static bool take_unsigned(struct input *in, uint64_t *value, const char *where) {
  const uint8_t *first = take(in, 1, where);
  uint8_t byte;
  if (!first) return false;
  byte = *first;
  if (byte < FIXMAP) {
    *value = byte;
    return true;
  }
  if (byte >= UINT_8 && byte <= INT_64) {
    size_t size = (size_t)1 << ((byte - UINT_8) & 3);
    if (!take_number(in, size, value, where)) return false;
    if (byte < INT_8 || !(*value >> (8 * size - 1))) return true;
    byte = NEGATIVE_FIXINT;
  }
  if (byte >= NEGATIVE_FIXINT) return bad_message(in, "%s is a negative number", where);
  return bad_message(in, "%s is the byte 0x%02x where an integer belongs", where, byte);
}

/* How many there are of what comes: `fixed` is the family's shortest form for up to `most`, and
 * `format` the first of its longer ones, with 8 (text alone), 16 and 32 bits. */
static bool take_length(struct input *in, uint8_t fixed, uint8_t most, uint8_t format, size_t size,
                        const char *family, uint64_t *length, const char *where) {
  const uint8_t *first = take(in, 1, where);
  uint8_t byte;
  if (!first) return false;
  byte = *first;
  if (byte >= fixed && byte <= fixed + most) {
    *length = (uint64_t)(byte - fixed);
    return true;
  }
  for (; size <= 4; size *= 2, format++) {
    if (byte == format) return take_number(in, size, length, where);
  }
  return bad_message(in, "%s is the byte 0x%02x where %s belongs", where, byte, family);
}

static bool take_array(struct input *in, uint64_t *length, const char *where) {
  return take_length(in, FIXARRAY, 15, ARRAY_16, 2, "an array", length, where);
}

static bool take_fields(struct input *in, uint64_t wanted, const char *where) {
  uint64_t length;
  if (!take_array(in, &length, where)) return false;
  if (length == wanted) return true;
  return bad_message(in, "%s has %llu fields where %llu belong", where, (unsigned long long)length,
                     (unsigned long long)wanted);
}

/* The name of a variant, which is the one key of a map; NULL where there is none. It is good until
 * the next bytes are taken, and not terminated. */
static const char *take_variant(struct input *in, uint64_t *length, const char *where) {
  uint64_t entries;
  if (!take_length(in, FIXMAP, 15, MAP_16, 2, "a map", &entries, where)) return NULL;
  if (entries != 1) {
    bad_message(in, "%s has %llu entries where 1 belongs", where, (unsigned long long)entries);
    return NULL;
  }
  if (!take_length(in, FIXSTR, 31, STR_8, 1, "text", length, where)) return NULL;
  if (*length > LONGEST_ITEM) {
    bad_message(in, "%s is an unknown variant", where);
    return NULL;
  }
  return (const char *)take(in, (size_t)*length, where);
}

static bool is(const char *name, uint64_t length, const char *known) {
  return length == strlen(known) && !memcmp(name, known, (size_t)length);
}

static bool end_frame(struct input *in) {
  if (in->frame_left == 0) return true;
  return bad_message(in, "%llu bytes follow the message in its frame",
                     (unsigned long long)in->frame_left);
}

/* ---- messages -------------------------------------------------------------------------------- */

static bool take_frame(struct input *in) {
  const uint8_t *header;
  in->frame_left = FRAME_HEADER;
  header = take(in, FRAME_HEADER, "a frame's header");
  if (!header) return false;
  in->frame_left = (uint64_t)header[0] | (uint64_t)header[1] << 8 | (uint64_t)header[2] << 16 |
                   (uint64_t)header[3] << 24;
  return in->frame_left ? true : bad_message(in, "an empty frame came");
}

static bool take_range(struct input *in, ffiscope_event *event) {
  return take_fields(in, 2, "a range") && take_unsigned(in, &event->address, "addr") &&
         take_unsigned(in, &event->size, "size");
}

static bool take_event(struct input *in, ffiscope_event *event) {
  const uint8_t *certain;
  uint64_t length;
  const char *name = take_variant(in, &length, "an event");
  if (!name) return false;
  if (is(name, length, "Read")) {
    event->kind = FFISCOPE_READ;
    event->certain = true;
    return take_range(in, event);
  }
  if (!is(name, length, "Write"))
    return bad_message(in, "an event is \"%.*s\" where Read or Write belongs", (int)length, name);
  event->kind = FFISCOPE_WRITE;
  if (!take_fields(in, 2, "Write") || !take_range(in, event)) return false;
  certain = take(in, 1, "certain");
  if (!certain) return false;
  event->certain = *certain == TRUE_BYTE;
  return event->certain || *certain == FALSE_BYTE ||
         bad_message(in, "certain is the byte 0x%02x where a boolean belongs", *certain);
}

/* Takes one message off the line, as far as its list of events. */
static bool take_answer(struct input *in, bool *confirmation) {
  uint64_t fields;
  if (!take_frame(in) || !take_array(in, &fields, "the message")) return false;
  *confirmation = fields == 0;
  if (fields == 0) return end_frame(in);
  if (fields == 1) return take_array(in, &in->events_left, "acc_events");
  return bad_message(in, "the message has %llu fields where 0 or 1 belong",
                     (unsigned long long)fields);
}

/* The supervisor's Hello, and what of these features it offers. */
static bool take_hello(struct input *in, bool *marked_signals, bool *ranges) {
  uint64_t length, features, version;
  const char *name;
  *marked_signals = *ranges = false;
  if (!take_frame(in)) return false;
  name = take_variant(in, &length, "the message");
  if (!name) return false;
  if (!is(name, length, "Hello"))
    return bad_message(in, "\"%.*s\" came where Hello belongs", (int)length, name);
  if (!take_fields(in, 2, "Hello") || !take_unsigned(in, &version, "version") ||
      !take_array(in, &features, "features"))
    return false;
  for (; features > 0; features--) {
    if (!take_length(in, FIXSTR, 31, STR_8, 1, "text", &length, "a feature")) return false;
    for (; length > LONGEST_ITEM; length--)
      if (!take(in, 1, "a feature")) return false;
    name = (const char *)take(in, (size_t)length, "a feature");
    if (!name) return false;
    if (is(name, length, MARKED_SIGNALS)) *marked_signals = true;
    if (is(name, length, RANGES)) *ranges = true;
  }
  return end_frame(in);
}

static void put_frame_header(struct output *out, uint64_t length) {
  uint8_t bytes[FRAME_HEADER];
  int i;
  for (i = 0; i < FRAME_HEADER; i++) bytes[i] = (uint8_t)(length >> (8 * i));
  put(out, bytes, sizeof bytes);
}

static void put_override(struct output *out, int32_t code) {
  uint8_t bytes[LONGEST_ITEM];
  size_t length = 0;
  bytes[length++] = FIXMAP + 1;
  length += encode_text(bytes + length, "OverrideRetcode");
  length += encode_signed(bytes + length, code);
  put_frame_header(out, length);
  put(out, bytes, length);
}

static void put_hello(struct output *out, bool marked_signals, bool ranges) {
  uint8_t bytes[LONGEST_ITEM];
  size_t length = 0;
  bytes[length++] = FIXMAP + 1;
  length += encode_text(bytes + length, "Hello");
  bytes[length++] = FIXARRAY + 2;
  length += encode_unsigned(bytes + length, EXTENSIONS_VERSION);
  bytes[length++] = (uint8_t)(FIXARRAY + marked_signals + ranges);
  if (marked_signals) length += encode_text(bytes + length, MARKED_SIGNALS);
  if (ranges) length += encode_text(bytes + length, RANGES);
  put_frame_header(out, length);
  put(out, bytes, length);
}

static uint64_t count_pages(const ffiscope_heap *heap) {
  uint64_t count = heap->page_count;
  size_t i;
  for (i = 0; i < heap->range_count; i++) count += heap->ranges[i].size / FFISCOPE_PAGE;
  return count;
}

/* page_ptrs of `heap`: written to `out` where that is not NULL. Returns their length in bytes. */
static uint64_t put_pages(struct output *out, const ffiscope_heap *heap) {
  uint8_t encoded[LONGEST_ITEM];
  uint64_t bytes = 0, offset;
  size_t i, length;
  for (i = 0; i < heap->range_count; i++) {
    for (offset = 0; offset < heap->ranges[i].size; offset += FFISCOPE_PAGE) {
      length = encode_unsigned(encoded, (uintptr_t)heap->ranges[i].start + offset);
      bytes += length;
      if (out) put(out, encoded, length);
    }
  }
  for (i = 0; i < heap->page_count; i++) {
    length = encode_unsigned(encoded, (uintptr_t)heap->pages[i]);
    bytes += length;
    if (out) put(out, encoded, length);
  }
  return bytes;
}

static uint64_t put_range(struct output *out, uint64_t start, uint64_t size) {
  uint8_t encoded[LONGEST_ITEM];
  size_t length = 0;
  encoded[length++] = FIXARRAY + 2;
  length += encode_unsigned(encoded + length, start);
  length += encode_unsigned(encoded + length, size);
  if (out) put(out, encoded, length);
  return length;
}

/* As put_pages: the ranges of a StartRanges, of which single pages are some. */
static uint64_t put_ranges(struct output *out, const ffiscope_heap *heap) {
  uint64_t bytes = 0;
  size_t i;
  for (i = 0; i < heap->range_count; i++)
    bytes += put_range(out, (uintptr_t)heap->ranges[i].start, heap->ranges[i].size);
  for (i = 0; i < heap->page_count; i++)
    bytes += put_range(out, (uintptr_t)heap->pages[i], FFISCOPE_PAGE);
  return bytes;
}

/* The heap goes as a StartRanges, not as a StartFfi. */
static bool goes_as_ranges(const ffiscope *scope, const ffiscope_heap *heap) {
  return scope->hands_ranges && heap->range_count + heap->page_count <= RANGES_LIMIT;
}

/* Its length is known before its pages are written, so no frame is held in memory. */
static ffiscope_status measure_start(const ffiscope *scope, const ffiscope_heap *heap,
                                     uint64_t *frame, ffiscope_error *error) {
  uint8_t encoded[LONGEST_ITEM];
  uint64_t count = count_pages(heap);
  if (goes_as_ranges(scope, heap)) {
    *frame = 1 + encode_text(encoded, "StartRanges") + 1 +
             encode_array(encoded, heap->range_count + heap->page_count) + put_ranges(NULL, heap) +
             encode_unsigned(encoded, (uintptr_t)heap->scratch);
    return FFISCOPE_OK;
  }
  *frame = 1 + encode_text(encoded, "StartFfi") + 1 + encode_array(encoded, count) +
           encode_unsigned(encoded, (uintptr_t)heap->scratch);
  if (count <= PAGES_LIMIT) *frame += put_pages(NULL, heap);
  if (count <= PAGES_LIMIT && *frame <= FRAME_LIMIT) return FFISCOPE_OK;
  return refuse(error, FFISCOPE_BAD_ARGUMENT, "Hand over only what the call can reach",
                "a heap of %llu pages does not fit a frame of 256 MiB", (unsigned long long)count);
}

static void put_start(const ffiscope *scope, struct output *out, const ffiscope_heap *heap,
                      uint64_t frame) {
  uint8_t bytes[LONGEST_ITEM];
  size_t length = 0;
  bool ranges = goes_as_ranges(scope, heap);
  put_frame_header(out, frame);
  bytes[length++] = FIXMAP + 1;
  length += encode_text(bytes + length, ranges ? "StartRanges" : "StartFfi");
  bytes[length++] = FIXARRAY + 2;
  length += encode_array(bytes + length,
                         ranges ? heap->range_count + heap->page_count : count_pages(heap));
  put(out, bytes, length);
  if (ranges) put_ranges(out, heap);
  else put_pages(out, heap);
  put(out, bytes, encode_unsigned(bytes, (uintptr_t)heap->scratch));
}

/* ---- requests and answers -------------------------------------------------------------------- */

/* With `lock` held: takes one message off the line, for whomever it is. */
static void receive(ffiscope *scope) {
  bool confirmation = false, taken;
  scope->receiving = true;
  pthread_mutex_unlock(&scope->lock);
  taken = take_answer(&scope->input, &confirmation);
  pthread_mutex_lock(&scope->lock);
  scope->receiving = false;
  if (taken && confirmation && scope->confirmed == scope->requested)
    taken = bad_message(&scope->input, "a Confirmation came that nothing was asked for");
  if (taken && !confirmation && scope->phase != ENDING)
    taken = bad_message(&scope->input, "MemEvents came while no call was ending");
  if (!taken) lose_line(scope, &scope->input.error, NULL);
  else if (confirmation) scope->confirmed++;
  else scope->phase = READING;
  pthread_cond_broadcast(&scope->changed);
}

static bool is_callers(const ffiscope *scope) {
  return pthread_equal(scope->caller, pthread_self()) != 0;
}

/* With `lock` held: waits for Confirmation number `ticket`. */
static ffiscope_status await_confirmation(ffiscope *scope, uint64_t ticket, ffiscope_error *error) {
  while (scope->confirmed < ticket) {
    if (scope->failure.status) return line_status(scope, error);
    /* It may come behind the events that this very thread has yet to take. */
    if (scope->phase == READING && is_callers(scope)) break;
    if (scope->receiving || scope->phase == READING)
      pthread_cond_wait(&scope->changed, &scope->lock);
    else receive(scope);
  }
  return FFISCOPE_OK;
}

static ffiscope_status await_events(ffiscope *scope, ffiscope_error *error) {
  while (scope->phase == ENDING) {
    if (scope->receiving) pthread_cond_wait(&scope->changed, &scope->lock);
    else receive(scope);
  }
  return line_status(scope, error);
}

/* Held until `end_request`: the order of tickets is that of the frames. */
static ffiscope_status begin_request(ffiscope *scope, uint64_t *ticket, ffiscope_error *error) {
  ffiscope_status status;
  pthread_mutex_lock(&scope->sending);
  pthread_mutex_lock(&scope->lock);
  status = line_status(scope, error);
  if (!status) *ticket = ++scope->requested;
  pthread_mutex_unlock(&scope->lock);
  if (status) pthread_mutex_unlock(&scope->sending);
  return status;
}

/* Leaves with `lock` held. */
static ffiscope_status end_request(ffiscope *scope, uint64_t ticket, ffiscope_error *error) {
  int system_errno;
  flush(&scope->output);
  system_errno = scope->output.system_errno;
  pthread_mutex_unlock(&scope->sending);
  pthread_mutex_lock(&scope->lock);
  if (system_errno) {
    ffiscope_error why;
    if (system_errno == EPIPE || system_errno == ECONNRESET) gone(&why);
    else system_refuses(&why, system_errno, "cannot send to the supervisor");
    return lose_line(scope, &why, error);
  }
  return await_confirmation(scope, ticket, error);
}

/* ---- attaching ------------------------------------------------------------------------------- */

static pthread_mutex_t attaching = PTHREAD_MUTEX_INITIALIZER;
static ffiscope *attached; /* under `attaching` */

/* Sends one of the protocol's signals to the calling thread, which has the turn. Not by raise(3): a
 * call's end is to be one system call, for each of a traced call's is looked at. */
static int raise_signal(const ffiscope *scope, int signal) {
  siginfo_t info;
  if (!scope->marks_signals)
    return (int)syscall(SYS_tgkill, scope->pid, scope->caller_id, signal);
  memset(&info, 0, sizeof info);
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = scope->pid;
  info.si_uid = scope->uid;
  info.si_value.sival_ptr = (void *)(uintptr_t)SIGNAL_MARK;
  return (int)syscall(SYS_rt_tgsigqueueinfo, scope->pid, scope->caller_id, signal, &info);
}

static ffiscope_status find_line(int *fd, ffiscope_error *error) {
  const char *text = getenv(VARIABLE);
  char *end;
  long number;
  int type = 0, domain = 0;
  socklen_t size = sizeof type;
  if (!text) {
    return refuse(error, FFISCOPE_NOT_SUPERVISED,
                  "Start the program with 'ffiscope run -- PROGRAM'",
                  "this process is not supervised by ffiscope: " VARIABLE " is not set");
  }
  errno = 0;
  number = strtol(text, &end, 10);
  if (errno || end == text || *end || number < 0 || number > INT32_MAX) {
    return refuse(error, FFISCOPE_BAD_DESCRIPTOR, "Leave " VARIABLE " to the supervisor",
                  VARIABLE " is \"%.40s\", which is no number of a descriptor", text);
  }
  *fd = (int)number;
  if (getsockopt(*fd, SOL_SOCKET, SO_TYPE, &type, &size) ||
      getsockopt(*fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) || type != SOCK_STREAM ||
      domain != AF_UNIX) {
    return refuse(error, FFISCOPE_BAD_DESCRIPTOR,
                  "It is left over from another process: start this one with 'ffiscope run'",
                  "descriptor %d, which " VARIABLE " names, is no line to a supervisor", *fd);
  }
  return FFISCOPE_OK;
}

/* Says Hello, for the extensions that `flags` ask for. */
static ffiscope_status say_hello(ffiscope *scope, unsigned flags, ffiscope_error *error) {
  bool marks = (flags & FFISCOPE_MARK_SIGNALS) != 0, ranges = (flags & FFISCOPE_HAND_RANGES) != 0;
  bool marks_offered, ranges_offered;
  put_hello(&scope->output, marks, ranges);
  flush(&scope->output);
  if (scope->output.system_errno) return gone(error);
  if (!take_hello(&scope->input, &marks_offered, &ranges_offered)) {
    if (error) *error = scope->input.error;
    return scope->input.error.status;
  }
  if (marks && !marks_offered) {
    return refuse(error, FFISCOPE_UNSUPPORTED, "Attach without FFISCOPE_MARK_SIGNALS",
                  "the supervisor does not know marked signals");
  }
  scope->marks_signals = marks;
  scope->hands_ranges = ranges && ranges_offered;
  return FFISCOPE_OK;
}

static ffiscope_status shake_hands(ffiscope *scope, unsigned flags, ffiscope_error *error) {
  if (fcntl(scope->fd, F_SETFD, FD_CLOEXEC))
    return system_refuses(error, errno, "cannot set close-on-exec on descriptor %d", scope->fd);
  unsetenv(VARIABLE);
  if (raise(SIGSTOP)) return system_refuses(error, errno, "cannot raise SIGSTOP");
  if (flags & (FFISCOPE_MARK_SIGNALS | FFISCOPE_HAND_RANGES)) return say_hello(scope, flags, error);
  return FFISCOPE_OK;
}

static ffiscope_status open_scope(ffiscope **opened, unsigned flags, ffiscope_error *error) {
  ffiscope *scope;
  int fd = -1;
  ffiscope_status status = find_line(&fd, error);
  bool untraced = status == FFISCOPE_NOT_SUPERVISED && flags & FFISCOPE_UNTRACED_OK;
  if (status && !untraced) return status;
  /* Pages of its own: were it on the caller's heap, its own accesses would be the call's. */
  scope = (ffiscope *)mmap(NULL, sizeof *scope, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                           -1, 0);
  if (scope == MAP_FAILED) return system_refuses(error, errno, "cannot map memory for a scope");
  pthread_mutex_init(&scope->sending, NULL);
  pthread_mutex_init(&scope->lock, NULL);
  pthread_cond_init(&scope->changed, NULL);
  scope->pid = getpid();
  scope->in_process = mark_process();
  scope->uid = getuid();
  scope->tracing = !untraced;
  scope->fd = scope->output.fd = scope->input.fd = fd;
  status = untraced ? FFISCOPE_OK : shake_hands(scope, flags, error);
  if (status) close_scope(scope);
  else *opened = scope;
  return status;
}

ffiscope_status ffiscope_attach(ffiscope **scope, unsigned flags, ffiscope_error *error) {
  ffiscope_status status = FFISCOPE_OK;
  *scope = NULL;
  pthread_mutex_lock(&attaching);
  if (attached) status = check_process(attached, error);
  else status = open_scope(&attached, flags, error);
  if (!status) *scope = attached;
  pthread_mutex_unlock(&attaching);
  return status ? status : succeed(error);
}

bool ffiscope_is_tracing(const ffiscope *scope) { return scope->tracing; }

/* ---- the call -------------------------------------------------------------------------------- */

static const ffiscope_heap NO_HEAP = {NULL, 0, NULL, 0, FFISCOPE_GUARD_THERE, NULL};

static ffiscope_status check_heap(const ffiscope_heap *heap, ffiscope_error *error) {
  size_t i;
  for (i = 0; i < heap->range_count; i++) {
    const ffiscope_range *range = &heap->ranges[i];
    uintptr_t start = (uintptr_t)range->start;
    if (start % FFISCOPE_PAGE || range->size % FFISCOPE_PAGE || start + range->size < start) {
      return refuse(error, FFISCOPE_BAD_ARGUMENT, "Give whole pages of 4096 bytes",
                    "range %zu, %zu bytes at %p, does not consist of whole pages", i, range->size,
                    range->start);
    }
  }
  for (i = 0; i < heap->page_count; i++) {
    if ((uintptr_t)heap->pages[i] % FFISCOPE_PAGE) {
      return refuse(error, FFISCOPE_BAD_ARGUMENT, "Give the address of the page's first byte",
                    "page %zu, %p, is not aligned to 4096 bytes", i, heap->pages[i]);
    }
  }
  return FFISCOPE_OK;
}

/* Makes the whole heap inaccessible, or accessible as it was. Returns errno(3) of the first that
 * failed; the rest is done all the same. */
static int guard_here(const ffiscope_heap *heap, bool guarded) {
  int first_errno = 0, open = PROT_READ | PROT_WRITE;
  size_t i, next;
  for (i = 0; i < heap->range_count; i++) {
    const ffiscope_range *range = &heap->ranges[i];
    int protection = range->protection ? range->protection : open;
    if (range->size && mprotect(range->start, range->size, guarded ? PROT_NONE : protection))
      first_errno = first_errno ? first_errno : errno;
  }
  for (i = 0; i < heap->page_count; i = next) {
    uint8_t *start = (uint8_t *)heap->pages[i];
    size_t size = FFISCOPE_PAGE;
    for (next = i + 1; next < heap->page_count && heap->pages[next] == start + size; next++)
      size += FFISCOPE_PAGE;
    if (mprotect(start, size, guarded ? PROT_NONE : open))
      first_errno = first_errno ? first_errno : errno;
  }
  return first_errno;
}

/* Waits for its turn; leaves with `lock` held. `function`: that of the caller, for an error. */
static ffiscope_status take_turn(ffiscope *scope, const char *function, ffiscope_error *error) {
  ffiscope_status status;
  pthread_mutex_lock(&scope->lock);
  while (scope->phase != FREE && !scope->failure.status) {
    if (!is_callers(scope)) pthread_cond_wait(&scope->changed, &scope->lock);
    else if (scope->phase != READING || scope->in_callback) {
      return refuse(error, FFISCOPE_BAD_ORDER,
                    scope->in_callback ? "Do it when the events of this call are read"
                                       : "Call ffiscope_end first: calls do not nest",
                    scope->in_callback ? "%s in an ffiscope_on_event" : "%s during a call",
                    function);
    } else {
      pthread_mutex_unlock(&scope->lock);
      status = ffiscope_each_event(scope, NULL, NULL, error);
      pthread_mutex_lock(&scope->lock);
      if (status) return status;
    }
  }
  status = line_status(scope, error);
  if (!status) {
    scope->phase = STARTING;
    scope->caller = pthread_self();
    scope->caller_id = syscall(SYS_gettid);
  }
  return status;
}

/* With `lock` held. */
static void set_phase(ffiscope *scope, enum phase next) {
  scope->phase = next;
  pthread_cond_broadcast(&scope->changed);
}

static void end_turn(ffiscope *scope) {
  pthread_mutex_lock(&scope->lock);
  set_phase(scope, FREE);
  pthread_mutex_unlock(&scope->lock);
}

/* A step of the protocol failed: where the supervisor stands is not known any more. */
static ffiscope_status lose_step(ffiscope *scope, int system_errno, const char *what,
                                 ffiscope_error *error) {
  ffiscope_error why;
  ffiscope_status status;
  system_refuses(&why, system_errno, "%s", what);
  pthread_mutex_lock(&scope->lock);
  status = lose_line(scope, &why, error);
  pthread_mutex_unlock(&scope->lock);
  return status;
}

/* Has the supervisor arm itself for the call. */
static ffiscope_status start(ffiscope *scope, const ffiscope_heap *heap, uint64_t frame,
                             ffiscope_error *error) {
  uint64_t ticket;
  ffiscope_status status = begin_request(scope, &ticket, error);
  if (status) return status;
  put_start(scope, &scope->output, heap, frame);
  status = end_request(scope, ticket, error);
  pthread_mutex_unlock(&scope->lock);
  return status;
}

ffiscope_status ffiscope_begin(ffiscope *scope, const ffiscope_heap *heap, ffiscope_error *error) {
  uint64_t frame;
  int guard_errno = 0;
  ffiscope_status status = check_process(scope, error);
  if (!heap) heap = &NO_HEAP;
  if (!status) status = check_heap(heap, error);
  if (!status) status = measure_start(scope, heap, &frame, error);
  if (status) return status;
  status = take_turn(scope, "ffiscope_begin", error);
  pthread_mutex_unlock(&scope->lock);
  if (status) return status;
  if (scope->tracing) status = start(scope, heap, frame, error);
  if (status) {
    end_turn(scope);
    return status;
  }
  pthread_mutex_lock(&scope->lock);
  set_phase(scope, CALLING);
  pthread_mutex_unlock(&scope->lock);
  succeed(error);
  if (!scope->tracing) return FFISCOPE_OK;
  if (raise_signal(scope, SIGSTOP)) return lose_step(scope, errno, "cannot raise SIGSTOP", error);
  if (heap->guard == FFISCOPE_GUARD_HERE) {
    guard_errno = guard_here(heap, true);
    scope->closed = heap;
  }
  if (!guard_errno) return FFISCOPE_OK;
  status = ffiscope_end(scope, NULL, error);
  if (!status) status = ffiscope_each_event(scope, NULL, NULL, error);
  if (status) return status;
  return system_refuses(error, guard_errno, "cannot make the heap inaccessible");
}

/* Also where the thread blocks it: a signal that stays pending ends no call. */
static ffiscope_status raise_end(ffiscope *scope, ffiscope_error *error) {
  sigset_t end, before;
  int failed, system_errno;
  sigemptyset(&end);
  sigaddset(&end, SIGUSR1);
  failed = raise_signal(scope, SIGUSR1);
  system_errno = errno;
  pthread_sigmask(SIG_UNBLOCK, &end, &before); /* one that is blocked comes now */
  if (sigismember(&before, SIGUSR1)) pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed ? lose_step(scope, system_errno, "cannot raise SIGUSR1", error) : FFISCOPE_OK;
}

/* Checks that this thread is in `wanted`; leaves with `lock` held. */
static ffiscope_status check_turn(ffiscope *scope, enum phase wanted, const char *function,
                                  ffiscope_error *error) {
  ffiscope_status status = check_process(scope, error);
  pthread_mutex_lock(&scope->lock);
  if (!status) status = line_status(scope, error);
  if (status) return status;
  if (scope->phase != wanted || !is_callers(scope)) {
    bool elsewhere = scope->phase == wanted;
    return refuse(error, elsewhere ? FFISCOPE_WRONG_THREAD : FFISCOPE_BAD_ORDER,
                  elsewhere ? "End a call and read its events in the thread that began it"
                            : "Call ffiscope_begin first",
                  elsewhere ? "%s in another thread than ffiscope_begin" : "%s without a call",
                  function);
  }
  return FFISCOPE_OK;
}

/* The last event of the call has been read. */
static ffiscope_status end_events(ffiscope *scope, ffiscope_error *error) {
  ffiscope_status status = FFISCOPE_OK;
  pthread_mutex_lock(&scope->lock);
  if (scope->tracing && !end_frame(&scope->input))
    status = lose_line(scope, &scope->input.error, error);
  else set_phase(scope, FREE);
  pthread_mutex_unlock(&scope->lock);
  return status;
}

ffiscope_status ffiscope_end(ffiscope *scope, uint64_t *event_count, ffiscope_error *error) {
  uint64_t count = 0;
  ffiscope_status status = check_turn(scope, CALLING, "ffiscope_end", error);
  bool callers = is_callers(scope);
  pthread_mutex_unlock(&scope->lock);
  if (event_count) *event_count = 0;
  if (callers && scope->closed) {
    /* Also where the line has been lost. While a page is closed that this process has closed,
     * SIGUSR1 would be its own. */
    int guard_errno = guard_here(scope->closed, false);
    if (guard_errno)
      return system_refuses(error, guard_errno, "cannot make the heap accessible again");
    scope->closed = NULL;
  }
  if (status) return status;
  if (!scope->tracing) {
    end_turn(scope);
    return succeed(error);
  }
  pthread_mutex_lock(&scope->lock);
  set_phase(scope, ENDING);
  pthread_mutex_unlock(&scope->lock);
  status = raise_end(scope, error);
  pthread_mutex_lock(&scope->lock);
  if (!status) status = await_events(scope, error);
  if (!status) count = scope->input.events_left;
  pthread_mutex_unlock(&scope->lock);
  if (!status && count == 0) status = end_events(scope, error);
  if (status) return status;
  if (event_count) *event_count = count;
  return succeed(error);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* As ffiscope_read_events, but for the turn, which goes on. */
static ffiscope_status read_events(ffiscope *scope, ffiscope_event *events, size_t capacity,
                                   size_t *count, ffiscope_error *error) {
  struct input *in = &scope->input;
  ffiscope_status status = check_process(scope, error);
  bool reading, callers;
  *count = 0;
  if (status) return status;
  pthread_mutex_lock(&scope->lock);
  status = line_status(scope, error);
  reading = scope->phase == READING;
  callers = is_callers(scope);
  pthread_mutex_unlock(&scope->lock);
  if (status || !reading) return status;
  if (!callers) {
    return refuse(error, FFISCOPE_WRONG_THREAD, "Read events in the thread that began the call",
                  "events of another thread's call");
  }
  for (; *count < capacity && in->events_left > 0; in->events_left--) {
    if (!take_event(in, &events[*count])) {
      pthread_mutex_lock(&scope->lock);
      status = lose_line(scope, &in->error, error);
      pthread_mutex_unlock(&scope->lock);
      return status;
    }
    *count += 1;
  }
  return FFISCOPE_OK;
}

ffiscope_status ffiscope_read_events(ffiscope *scope, ffiscope_event *events, size_t capacity,
                                     size_t *count, ffiscope_error *error) {
  ffiscope_status status = read_events(scope, events, capacity, count, error);
  if (!status && *count > 0 && scope->input.events_left == 0) status = end_events(scope, error);
  return status ? status : succeed(error);
}

ffiscope_status ffiscope_each_event(ffiscope *scope, ffiscope_on_event on_event, void *context,
                                    ffiscope_error *error) {
  ffiscope_event events[EVENTS_AT_A_TIME];
  ffiscope_status status;
  size_t count, i;
  bool any = false;
  while (!(status = read_events(scope, events, EVENTS_AT_A_TIME, &count, error)) && count > 0) {
    any = true;
    if (!on_event) continue;
    scope->in_callback = true;
    for (i = 0; on_event && i < count; i++)
      if (!on_event(context, &events[i])) on_event = NULL;
    scope->in_callback = false;
  }
  if (!status && any) status = end_events(scope, error);
  return status ? status : succeed(error);
}

ffiscope_status ffiscope_traced(ffiscope *scope, const ffiscope_heap *heap,
                                void (*function)(void *), void *function_context,
                                ffiscope_on_event on_event, void *event_context,
                                ffiscope_error *error) {
  ffiscope_status status = ffiscope_begin(scope, heap, error);
  if (status) return status;
  function(function_context);
  status = ffiscope_end(scope, NULL, error);
  return status ? status : ffiscope_each_event(scope, on_event, event_context, error);
}

/* ---- the rest -------------------------------------------------------------------------------- */

ffiscope_status ffiscope_override_retcode(ffiscope *scope, int32_t code, ffiscope_error *error) {
  uint64_t ticket;
  ffiscope_status status = check_process(scope, error);
  if (status) return status;
  if (!scope->tracing) return succeed(error);
  status = begin_request(scope, &ticket, error);
  if (status) return status;
  put_override(&scope->output, code);
  status = end_request(scope, ticket, error);
  pthread_mutex_unlock(&scope->lock);
  return status ? status : succeed(error);
}

ffiscope_status ffiscope_detach(ffiscope *scope, ffiscope_error *error) {
  ffiscope_status status = check_process(scope, error);
  if (status) return status;
  pthread_mutex_lock(&attaching);
  status = take_turn(scope, "ffiscope_detach", error);
  /* A line that is closed with an answer on it is reset, not ended. */
  if (!status && scope->tracing) status = await_confirmation(scope, scope->requested, error);
  pthread_mutex_unlock(&scope->lock);
  if (status == FFISCOPE_OK || scope->failure.status) {
    if (scope->tracing) close(scope->fd);
    close_scope(scope);
    attached = NULL;
    status = FFISCOPE_OK;
  }
  pthread_mutex_unlock(&attaching);
  return status ? status : succeed(error);
}
