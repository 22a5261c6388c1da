#ifndef FFISCOPE_H
#define FFISCOPE_H
/*
 * A client of ffiscope's protocol, for programs that run under `ffiscope run -- PROGRAM`: it hands
 * over the pages of a heap, has native calls traced, and is told of every access they made to it.
 * C99 on Linux; this header and ffiscope.c are all there is. docs/protocol.md has the protocol.
 *
 *   ffiscope *scope;
 *   ffiscope_error error;
 *   if (ffiscope_attach(&scope, 0, &error)) { fputs(error.text, stderr); exit(1); }
 *
 *   ffiscope_range range = {heap, heap_size, PROT_READ | PROT_WRITE};
 *   ffiscope_heap pages = {.ranges = &range, .range_count = 1};
 *   if (ffiscope_begin(scope, &pages, &error)) ...
 *   native_function(heap);
 *   if (ffiscope_end(scope, NULL, &error)) ...
 *   if (ffiscope_each_event(scope, print_event, NULL, &error)) ...
 *
 * What goes wrong is returned: every function that can fail answers a status, FFISCOPE_OK (0) when
 * all is well, and fills in `error` where that is not NULL.
 *
 * Threads. Any thread may call anything at any time, but for ffiscope_detach. One call is traced at
 * a time: ffiscope_begin waits until another thread's call is over and its events are read. The
 * thread that begins a call ends it and reads its events. ffiscope_override_retcode never waits for
 * a call. A thread must not be cancelled (pthread_cancel) inside these functions.
 *
 * Signals. Nothing here may be called in a signal handler. A handler that interrupts a function
 * here does no harm, whether it was installed with SA_RESTART or not; one that runs during a call
 * has its accesses recorded as the call's. SIGUSR1 may be blocked: it is let through for the moment
 * in which ffiscope_end raises it. While a call is traced, a SIGUSR1 that the same thread raises
 * itself ends the call, unless FFISCOPE_MARK_SIGNALS was asked for; SIGUSR1 from elsewhere is
 * delivered as ever.
 *
 * fork. The child of a fork is not traced, and every function answers FFISCOPE_FORKED in it. What a
 * program execs inherits nothing: the descriptor is closed, and FFISCOPE_FD is out of the
 * environment.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* This process's line to its supervisor. Its memory is its own: no page of it is the caller's. */
typedef struct ffiscope ffiscope;

typedef enum ffiscope_status {
  FFISCOPE_OK = 0,
  FFISCOPE_NOT_SUPERVISED, /* FFISCOPE_FD is not set */
  FFISCOPE_BAD_DESCRIPTOR, /* FFISCOPE_FD names no stream socket that is open here */
  FFISCOPE_BAD_ARGUMENT,   /* pages that are not aligned, or more than a frame holds */
  FFISCOPE_BAD_ORDER,      /* a step that does not belong here: ffiscope_end without a call */
  FFISCOPE_WRONG_THREAD,   /* the call was begun by another thread */
  FFISCOPE_FORKED,         /* this is a forked child of the process that attached */
  FFISCOPE_UNSUPPORTED,    /* the supervisor does not offer what was asked for */
  FFISCOPE_LOST,           /* the supervisor has closed the line: it is gone */
  FFISCOPE_BAD_MESSAGE,    /* the supervisor sent what the protocol does not allow */
  FFISCOPE_SYSTEM          /* a system call failed: system_errno */
} ffiscope_status;

/* After FFISCOPE_LOST, FFISCOPE_BAD_MESSAGE, or FFISCOPE_SYSTEM on the line itself, every later
 * function that needs the supervisor fails in the same way. */
typedef struct ffiscope_error {
  ffiscope_status status;
  int system_errno;   /* errno(3) of the system call that failed, else 0 */
  char text[200];     /* what is wrong, in one line */
  const char *remedy; /* how to put it right, in one line; or NULL */
} ffiscope_error;

/* For ffiscope_attach, or-ed together. */
enum {
  /* Without a supervisor the program runs untraced: every function works, and no call has events.
   * */
  FFISCOPE_UNTRACED_OK = 1,
  /* Marks the signals that begin and end a call, so that a SIGUSR1 or SIGSTOP which native code
   * raises itself is its own. An extension of ffiscope's supervisor; others do not know it. */
  FFISCOPE_MARK_SIGNALS = 2,
  /* Hands heaps over as ranges where the supervisor takes them, and as pages where it does not:
   * for heaps of very many pages. An extension of ffiscope's supervisor, as above. */
  FFISCOPE_HAND_RANGES = 4
};

/*
 * Attaches to the supervisor that started this process: takes its descriptor from FFISCOPE_FD,
 * which it removes from the environment, sets close-on-exec on it and raises the start-up SIGSTOP.
 * The supervisor waits 10 s for that, so attach early, while the program has one thread: the
 * environment is changed. A later call gives the same scope.
 *
 * Not supervised: FFISCOPE_NOT_SUPERVISED, or with FFISCOPE_UNTRACED_OK a scope that traces
 * nothing. The descriptor is looked at before SIGSTOP is raised, so a variable left behind stops
 * nobody.
 */
ffiscope_status ffiscope_attach(ffiscope **scope, unsigned flags, ffiscope_error *error);

/* False for a scope that traces nothing: see FFISCOPE_UNTRACED_OK. */
bool ffiscope_is_tracing(const ffiscope *scope);

/* Memory that native code may reach: whole pages of one mapping or of several, of any origin. */
typedef struct ffiscope_range {
  void *start;    /* aligned to FFISCOPE_PAGE */
  size_t size;    /* in bytes, a multiple of FFISCOPE_PAGE */
  int protection; /* PROT_* that FFISCOPE_GUARD_HERE puts back; 0 is PROT_READ|PROT_WRITE */
} ffiscope_range;

#define FFISCOPE_PAGE 4096

/* Who makes the pages inaccessible for the length of a call. */
typedef enum ffiscope_guard {
  FFISCOPE_GUARD_THERE = 0, /* the supervisor: nothing to do here */
  FFISCOPE_GUARD_HERE = 1   /* ffiscope_begin and ffiscope_end, with mprotect(2), as Miri does */
} ffiscope_guard;

/*
 * A heap, as ranges and as single pages, in any order; repeats are allowed, and so is none of
 * either. Pages must be mapped when ffiscope_begin is called: one that is not is a violation of the
 * protocol, which ends this process. So is more than one frame holds (256 MiB, some 29 million
 * pages), which is refused here. The lists are read by ffiscope_begin and ffiscope_end, and should
 * not lie on the pages.
 */
typedef struct ffiscope_heap {
  const ffiscope_range *ranges;
  size_t range_count;
  void *const *pages; /* readable and writable ones: give others as ranges */
  size_t page_count;
  ffiscope_guard guard;
  void *scratch; /* 1024 bytes that the supervisor may use on this process's behalf, or NULL */
} ffiscope_heap;

/*
 * Begins a traced call: when this returns FFISCOPE_OK, every access to the heap is recorded until
 * this thread calls ffiscope_end. Events of the last call that nobody has read are skipped. With
 * any other status no call has begun. `heap` must stay as it is until ffiscope_end; NULL is one
 * without pages.
 */
ffiscope_status ffiscope_begin(ffiscope *scope, const ffiscope_heap *heap, ffiscope_error *error);

/*
 * Ends the call. Its events, of which there are `*event_count` (may be NULL), can be read now. The
 * supervisor sends them as fast as they are taken: they are never in memory as a whole. Where
 * FFISCOPE_GUARD_HERE cannot make a page accessible again (FFISCOPE_SYSTEM), the call goes on.
 */
ffiscope_status ffiscope_end(ffiscope *scope, uint64_t *event_count, ffiscope_error *error);

typedef enum ffiscope_kind { FFISCOPE_READ, FFISCOPE_WRITE } ffiscope_kind;

/* One access. A read-modify-write is a read, then a write. */
typedef struct ffiscope_event {
  uint64_t address; /* the lowest byte */
  uint64_t size;    /* in bytes */
  ffiscope_kind kind;
  bool certain; /* a write that may not have happened is not; a read always is */
} ffiscope_event;

/*
 * The next events of the call that ended, in order: up to `capacity` of them, `*count` that there
 * were. 0 when all are read. Waits for the supervisor where need be.
 */
ffiscope_status ffiscope_read_events(ffiscope *scope, ffiscope_event *events, size_t capacity,
                                     size_t *count, ffiscope_error *error);

/*
 * False: no more of them. The only function that may be called in it is ffiscope_override_retcode,
 * and it must not wait for another thread's override: that one's Confirmation may come behind the
 * events.
 */
typedef bool (*ffiscope_on_event)(void *context, const ffiscope_event *event);

/* Calls `on_event` with each event that has not been read. NULL reads past them. */
ffiscope_status ffiscope_each_event(ffiscope *scope, ffiscope_on_event on_event, void *context,
                                    ffiscope_error *error);

/*
 * ffiscope_begin, `function(function_context)`, ffiscope_end and ffiscope_each_event in one. The
 * function must return: no longjmp or exception may leave it. With any status but FFISCOPE_OK it
 * may have run or not: let it say so through its context where that matters.
 */
ffiscope_status ffiscope_traced(ffiscope *scope, const ffiscope_heap *heap,
                                void (*function)(void *function_context), void *function_context,
                                ffiscope_on_event on_event, void *event_context,
                                ffiscope_error *error);

/*
 * From now on the supervisor returns `code`, of which the system keeps the low 8 bits, whatever
 * this process exits with or dies of. By any thread at any time, also during a call; the last one
 * counts. Returns when the supervisor has confirmed it; in an ffiscope_on_event, when it is sent,
 * for the Confirmation may come behind the events. While another thread reads events, it may have
 * to wait until that one has them all.
 */
ffiscope_status ffiscope_override_retcode(ffiscope *scope, int32_t code, ffiscope_error *error);

/*
 * Lets the supervisor go: from here on it waits for this process to exit, and returns its code. Not
 * during a call, and not while another thread uses the scope, which is gone afterwards. Optional:
 * the exit does as well.
 */
ffiscope_status ffiscope_detach(ffiscope *scope, ffiscope_error *error);

#ifdef __cplusplus
}
#endif
#endif
