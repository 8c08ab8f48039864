// The seed and what follows from it, the steps, the record of what happened, the beginning and the end.

#include "simulation.h"
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { FAILED = 86 };        // the exit status of a finding
enum { GRACE = 497000000 };  // nanoseconds; the server's 500 ms are rounded down three times

#define START 1000000000000000

static const char *const feature_names[FEATURES] = {"interrupts", "short", "spurious", "partial", "faults", "resets",
    "halves", "stalls", "malformed", "large", "slow"};
uint64_t step, turn;
int64_t now = START, stop_time, idle_limit;
int is_resp, is_draining, is_stopping, limit, descriptor_limit;
static uint64_t seed, state, last_step;
static unsigned features;
static int is_tracing, drains;

// MARK: Chance

int has(enum feature feature) { return !(features >> feature & 1); }

uint64_t roll(uint64_t sides) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (state * 0x2545F4914F6CDD1D >> 32) % sides;
}

int chance(uint64_t n) { return roll(n) == 0; }

// MARK: The record of what happened

static struct line { uint64_t step; int64_t time; const char *format; long values[4]; } lines[64];
static uint64_t line_count;

static void print_line(const struct line *line) {
    char text[200];
    snprintf(text, sizeof text, line->format, line->values[0], line->values[1], line->values[2], line->values[3]);
    dprintf(2, "%8lu %9.1f ms  %s\n", line->step, (double)(line->time - START) / 1e6, text);
}

void trace(const char *format, long a, long b, long c, long d) {
    struct line *line = &lines[line_count++ % 64];
    *line = (struct line){step, now, format, {a, b, c, d}};
    if (is_tracing) print_line(line);
}

void fail(const char *format, ...) {
    char text[400];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (!is_tracing)
        for (uint64_t index = line_count < 64 ? 0 : line_count - 64; index < line_count; index++)
            print_line(&lines[index % 64]);
    for (int index = 0; index < client_count; index++) {
        struct client *c = &clients[index];
        if (c->state != ACCEPTED) continue;
        struct file *file = &files[c->number];
        dprintf(2, "client %d on %d: sent %lu, arrived %lu, read %lu; ", c->id, c->number, c->sent, c->arrived, c->read);
        dprintf(2, "due %lu, written %lu, taken %lu;%s%s%s interest%s%s%s\n", c->due, c->written, c->taken,
            c->has_ended ? " has ended," : "", c->was_reset ? " reset," : "", c->is_stalled ? " stalled," : "",
            file->interest & EPOLLIN ? " in" : "", file->interest & EPOLLOUT ? " out" : "",
            file->is_watched ? "" : " none");
    }
    dprintf(2, "simulation: FAILED at step %lu of seed %lu: %s\n", step, seed, text);
    _exit(FAILED);
}

// MARK: Beginning and end

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void end(int status, void *unused) {
    (void)unused;
    if (has_refused) return;  // then the caller judges
    check_end(status);
    dprintf(2, "simulation: seed %lu: %lu steps, %lu connections, %lu requests answered; allocations: %ld %ld\n", seed,
        step, connection_count, answered_count, own_allocations, swift_allocations);
}

__attribute__((constructor)) static void begin(void) {
    if (!getenv("SIMULATION_SEED")) return;
    unsetenv("LD_PRELOAD");
    seed = number("SIMULATION_SEED", 1);
    last_step = number("SIMULATION_STEPS", 50000);
    is_resp = (int)number("SIMULATION_RESP", 1);
    limit = (int)number("SIMULATION_LIMIT", 10000);
    idle_limit = (int64_t)number("SIMULATION_IDLE", 0) * 1000000000;
    is_tracing = getenv("SIMULATION_TRACE") != NULL;
    for (int index = 0; index < FEATURES; index++) {
        const char *off = getenv("SIMULATION_WITHOUT");
        if (off && strstr(off, feature_names[index])) features |= 1u << index;
    }
    state = seed * 0x9E3779B97F4A7C15 + 1;
    for (int index = 0; index < 8; index++) roll(2);
    drains = roll(2) == 0 || !has(FAULTS);
    // Few meet more often in the same place; many fill more than one turn.
    int count = chance(16) ? MOST_CLIENTS : 2 + (int)roll(chance(4) ? 48 : 16);
    descriptor_limit = 5 + (has(FAULTS) && chance(2) ? count * 3 / 4 : MOST_FILES - 6);
    count = (int)number("SIMULATION_CLIENTS", (uint64_t)count);
    prepare_clients(count);
    count_allocations();
    on_exit(end, NULL);
}

// A signal in the middle of anything: the server's handler calls `shutdown`.
void stop(void) {
    is_stopping = 1;
    stop_time = now;
    trace("SIGTERM", 0, 0, 0, 0);
    raise(SIGTERM);
}

// Every system call is a step, and clients go on meanwhile.
void begin_step(void) {
    step++;
    if (chance(4)) act(0);
    if (step == last_step && drains) is_draining = 1;
    if (step == last_step && !drains && !is_stopping) stop();
    if (step > 3 * last_step + 300000) fail("it does not come to an end");
}

int is_grace_over(void) { return is_stopping && now - stop_time >= GRACE; }
