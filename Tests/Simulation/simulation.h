// A scripted kernel for one real server. Preloaded (LD_PRELOAD) into the unchanged executable of stage 3, 4 or 5, it stands
// where the system calls are: sockets, waiting, the clocks. Its clients are scripts too, and all of it follows from a seed.
//
//     script.c     the seed, the steps, the beginning and the end
//     kernel.c     the system calls
//     rules.c      what must hold at each of them
//     clients.c    what clients send, how they behave, and which replies are right
//     memory.c     the allocator: counted; or one allocation fails
//
// One process, one thread, no I/O, no real waiting. A step is one system call of the server.
#pragma once
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What can be left out (`--without`), to find out what a failure needs. Names in script.c, in the same order.
enum feature {
    INTERRUPTS,  // EINTR
    SHORT,       // reads and writes of a part
    SPURIOUS,    // readiness that is gone, EAGAIN
    PARTIAL,     // only some of the events, in any order
    FAULTS,      // accept4 and epoll_ctl fail for lack of memory or descriptors
    RESETS,      // clients reset, or vanish with replies unread
    HALVES,      // clients end their sending and go on reading
    STALLS,      // clients stop reading, some for ever
    MALFORMED,   // bytes that are no request
    LARGE,       // long values, and replies of hundreds of kilobytes
    SLOW,        // a slow machine: work takes milliseconds; clocks that are set
    FEATURES
};

// A queue of bytes, or of structures.
struct queue {
    char *start;
    size_t first, end, capacity;
};

// A request as the kernel sees it: where it ends in the client's stream, and its reply in the server's.
struct request {
    uint64_t end, reply_end;
    int is_last;  // the server closes after its reply
};

// A part of the bytes that the server must send. Long values are not copied: `owned` is NULL.
struct part {
    const char *bytes;
    size_t count;
    char *owned;
};

struct value {
    char *bytes;
    size_t count, peak;
    int exists;
};

enum { STRINGS = 6, COUNTERS = 2, MOST_CLIENTS = 400, MOST_FILES = 512 };

enum ending { QUITS, SENDS_RUBBISH, HALF_CLOSES, CLOSES, VANISHES, RESETS_ANY_TIME, STAYS, ENDINGS };

struct client {
    int id;
    enum { AWAY, IN_BACKLOG, ACCEPTED } state;
    int number;  // the server's descriptor

    // Its character, drawn anew for each connection.
    enum ending ending;
    unsigned requests_left, depth, piece;
    int is_greedy, never_reads, is_stalled;

    // Its stream. Counted from the connection's start: read <= arrived <= sent; `unsent` holds what is behind `read`.
    struct queue unsent;
    uint64_t sent, arrived, read;
    int has_ended;  // no more will come (FIN)
    int is_gone;    // and it takes nothing any more: what is written to it comes back as a reset
    int was_reset, error;

    // The server's stream: taken <= written <= due <= promised, checked byte by byte as it is written.
    struct queue requests;   // those without a whole reply
    size_t complete;         // of those, how many the server has read to their end
    struct queue parts;      // the bytes from `written` on
    size_t part_offset;
    uint64_t promised, due, written, taken, last_boundary;
    size_t send_buffer;

    // What the server has been told, and so must act upon.
    int saw_end, saw_error, saw_last, was_refused, is_rejected, may_close;
    size_t unread_seen;  // bytes that it left behind when it last looked
    int64_t last_call, turn_time;
    uint64_t turn, waits_owed;
    size_t longest_request, longest_reply;

    // What it has stored: its keys are its own. After a connection that ended in the middle nobody knows what they hold.
    struct value strings[STRINGS];
    int64_t counters[COUNTERS];
    int is_unsure;
};

// What a number of the server's stands for.
struct file {
    enum { FREE, LISTENER, EPOLL, CONNECTION } kind;
    struct client *client;
    int is_watched;
    uint32_t interest;
    int is_news;       // for EPOLLET: something has happened since it was reported
    uint64_t reports;  // how often it was reported since the server last got anywhere with it
};

// script.c
extern uint64_t step, turn;
extern int64_t now, stop_time, idle_limit;  // nanoseconds
extern int is_resp, is_draining, is_stopping, limit, descriptor_limit;
int has(enum feature feature);
uint64_t roll(uint64_t sides);  // 0 ..< sides
int chance(uint64_t n);         // once in n times
void trace(const char *format, long a, long b, long c, long d);
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void begin_step(void);
void stop(void);
int is_grace_over(void);

// kernel.c
extern struct file files[MOST_FILES];
extern int listener;
uint32_t readiness(int number);
void happened(struct client *client);  // to its descriptor, or to the listener's

// rules.c
void note_call(struct client *client);
void note_progress(int number);
void note_report(int number);
void check_wait(long timeout);
void check_close(struct client *client);
void check_end(int status);

// clients.c
extern struct client clients[MOST_CLIENTS];
extern int client_count, is_prepared;
extern uint64_t connection_count, answered_count;
void prepare_clients(int count);
int act(int must);  // lets a client do something; 0 if none can
struct client *next_in_backlog(int take);
int backlog_count(void);
int clients_present(void);
size_t take_bytes(struct client *client, char *to, size_t count);
void check_reply(struct client *client, const char *bytes, size_t offered, size_t accepted);
void expect_rejection(struct client *client);
void reset(struct client *client);
void forget(struct client *client);
size_t bytes_stored(void);

// memory.c
extern long bytes_in_use, own_allocations, swift_allocations;
extern int is_ready, has_refused;
void *own_malloc(size_t size);
void *own_realloc(void *old, size_t size);
void own_free(void *old);
int is_main_thread(void);
void count_allocations(void);
