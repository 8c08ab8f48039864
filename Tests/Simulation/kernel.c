// The system calls of a server, as far as it uses them. Readiness is what Linux reports (tcp_poll): a peer's FIN is IN and
// RDHUP, its RST is ERR and HUP too, and there is room (OUT) once a third of the send buffer is free.

#include "simulation.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct file files[MOST_FILES];
int listener = -1;
static int listener_is_shut, is_slow;
static uint64_t looked_at, looks;  // after which step the server last looked at the clock, and how often
static int64_t clock_offset = 1700000000000000000;

// MARK: Descriptors

static struct file *file(int number, const char *call) {
    if (number < 3 || number >= MOST_FILES || files[number].kind == FREE)
        fail("%s of %d, which is not open", call, number);
    return &files[number];
}

static int open_number(void) {
    for (int number = 3; number < descriptor_limit; number++)
        if (files[number].kind == FREE) {
            memset(&files[number], 0, sizeof files[number]);
            return number;
        }
    return -1;
}

uint32_t readiness(int number) {
    struct file *file = &files[number];
    struct client *c = file->client;
    if (file->kind == LISTENER) return listener_is_shut ? EPOLLHUP | EPOLLOUT : backlog_count() > 0 ? EPOLLIN : 0;
    uint32_t marks = 0;
    if (c->arrived > c->read) marks |= EPOLLIN;
    if (c->has_ended) marks |= EPOLLIN | EPOLLRDHUP;
    if (c->was_reset) marks |= EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLOUT;
    if (c->error) marks |= EPOLLERR;
    if (c->written - c->taken <= c->send_buffer / 3 * 2) marks |= EPOLLOUT;
    return marks;
}

void happened(struct client *c) { files[c->state == ACCEPTED ? c->number : listener].is_news = 1; }

int socket(int domain, int type, int protocol) {
    (void)domain, (void)protocol;
    if (!(type & SOCK_NONBLOCK)) fail("a listener that blocks");
    listener = open_number();
    files[listener].kind = LISTENER;
    return listener;
}

int setsockopt(int number, int level, int option, const void *value, socklen_t size) {
    (void)level, (void)option, (void)value, (void)size;
    file(number, "setsockopt");
    return 0;
}

int bind(int number, const struct sockaddr *address, socklen_t size) {
    (void)address, (void)size;
    file(number, "bind");
    return 0;
}

int listen(int number, int backlog) {
    (void)backlog;
    file(number, "listen");
    return 0;
}

int getsockname(int number, struct sockaddr *address, socklen_t *size) {
    file(number, "getsockname");
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(7379)};
    memcpy(address, &name, sizeof name);
    *size = sizeof name;
    return 0;
}

static int refuse_call(int code) {
    errno = code;
    return -1;
}

int accept4(int number, struct sockaddr *address, socklen_t *size, int flags) {
    (void)address, (void)size;
    begin_step();
    note_call(NULL);
    if (file(number, "accept4")->kind != LISTENER) fail("accept4 of %d, which is no listener", number);
    if (!(flags & SOCK_NONBLOCK)) fail("a connection that blocks");
    if (has(INTERRUPTS) && chance(50)) return refuse_call(EINTR);
    static const int codes[] = {ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTO, EPERM};
    int code = has(FAULTS) && is_prepared && chance(60) ? codes[roll(7)] : 0;
    int new = open_number();
    if (new < 0) code = EMFILE;
    else if (listener_is_shut) code = EINVAL;
    else if (backlog_count() == 0) code = EAGAIN;
    trace("accept4() = %ld, errno %ld", code ? -1 : new, code, 0, 0);
    if (code == EAGAIN) note_progress(number);
    if (code == ECONNABORTED) reset(next_in_backlog(0)), forget(next_in_backlog(1));
    if (code) return refuse_call(code);
    int served = 0;
    for (int other = 3; other < MOST_FILES; other++)
        if (files[other].kind == CONNECTION && !files[other].client->is_rejected) served++;
    struct client *c = next_in_backlog(1);
    files[new].kind = CONNECTION;
    files[new].client = c;
    c->number = new;
    c->last_call = now;
    if (served >= limit) expect_rejection(c);
    note_progress(number);
    return new;
}

int shutdown(int number, int how) {
    trace("shutdown(%ld, %ld)", number, how, 0, 0);
    if (file(number, "shutdown")->kind == LISTENER) listener_is_shut = 1;
    return 0;
}

int close(int number) {
    // Standard streams, and what is opened before the server begins, are real.
    if (number < 3 || listener < 0) return (int)syscall(SYS_close, number);
    begin_step();
    trace("close(%ld)", number, 0, 0, 0);
    struct file *closed = file(number, "close");
    struct client *c = closed->client;
    if (c) {
        check_close(c);
        note_call(c);
        forget(c);
    }
    closed->kind = FREE;
    if (has(INTERRUPTS) && chance(50)) return refuse_call(EINTR);  // it is closed all the same
    return 0;
}

// MARK: Reading and writing

ssize_t read(int number, void *bytes, size_t count) {
    if (number < 3) return syscall(SYS_read, number, bytes, count);
    struct client *c = file(number, "read")->client;
    begin_step();
    note_call(c);
    if (has(INTERRUPTS) && chance(50)) return refuse_call(EINTR);
    size_t there = c->arrived - c->read;
    if (there == 0 && c->has_ended) {
        // Also after a reset: the end of the stream comes first.
        trace("read(%ld) = 0", number, 0, 0, 0);
        if (!c->saw_end) note_progress(number);
        c->saw_end = 1;
        c->unread_seen = 0;
        return 0;
    }
    if (there == 0 && c->was_reset) {
        trace("read(%ld): reset", number, 0, 0, 0);
        int code = c->error;
        c->error = 0;
        c->unread_seen = 0;
        note_progress(number);
        if (!code) return c->saw_end = 1, 0;
        c->saw_error = 1;
        return refuse_call(code);
    }
    if (there == 0 || (has(SPURIOUS) && chance(50))) {
        trace("read(%ld): EAGAIN", number, 0, 0, 0);
        c->unread_seen = 0;
        return refuse_call(EAGAIN);
    }
    size_t taken = there < count ? there : count;
    if (has(SHORT) && chance(4)) taken = 1 + roll(taken);
    trace("read(%ld, %ld) = %ld of %ld", number, (long)count, (long)taken, (long)there);
    take_bytes(c, bytes, taken);
    c->unread_seen = c->arrived - c->read;
    note_progress(number);
    return (ssize_t)taken;
}

ssize_t recv(int number, void *bytes, size_t count, int flags) {
    struct client *c = file(number, "recv")->client;
    begin_step();
    // It is part of closing, and no activity of the client's.
    note_call(NULL);
    if (bytes || !(flags & MSG_TRUNC) || !(flags & MSG_DONTWAIT)) fail("recv with flags %x", flags);
    size_t there = c->arrived - c->read;
    trace("recv(%ld): %ld bytes thrown away", number, (long)there, 0, 0);
    c->unread_seen = 0;
    if (there == 0) return c->has_ended ? 0 : refuse_call(EAGAIN);
    return (ssize_t)take_bytes(c, NULL, there < count ? there : count);
}

ssize_t write(int number, const void *bytes, size_t count) {
    if (number < 3) {
        is_ready = 1;
        return syscall(SYS_write, number, bytes, count);
    }
    struct client *c = file(number, "write")->client;
    begin_step();
    if (is_slow) now += (int64_t)roll(600000);
    note_call(c);
    if (!c) fail("write to %d, which is no connection", number);
    if (has(INTERRUPTS) && chance(50)) return refuse_call(EINTR);
    if (c->was_reset) {
        trace("write(%ld): the client is gone", number, 0, 0, 0);
        struct sigaction action;
        sigaction(SIGPIPE, NULL, &action);
        if (action.sa_handler != SIG_IGN) fail("SIGPIPE is not ignored");
        int code = c->error ? c->error : EPIPE;
        c->error = 0;
        c->saw_error = 1;
        note_progress(number);
        return refuse_call(code);
    }
    size_t room = c->send_buffer - (c->written - c->taken);
    size_t accepted = room < count ? room : count;
    if (has(SPURIOUS) && chance(50)) accepted = 0;
    if (accepted > 0 && has(SHORT) && chance(10)) accepted = 1 + roll(accepted);
    trace("write(%ld, %ld) = %ld, room %ld", number, (long)count, (long)accepted, (long)room);
    check_reply(c, bytes, count, accepted);
    c->was_refused = accepted < count;
    if (accepted == 0) return refuse_call(EAGAIN);
    note_progress(number);
    if (c->is_gone && chance(2)) reset(c);
    return (ssize_t)accepted;
}

// MARK: Waiting

// Chooses what is reported, and in which order; all that is ready, or a part of it.
static int collect(int *numbers, uint32_t *marks, int most, int may_omit) {
    int count = 0;
    for (int number = 3; number < MOST_FILES; number++) {
        struct file *file = &files[number];
        if (!file->is_watched || file->kind == FREE || file->kind == EPOLL) continue;
        uint32_t found = readiness(number) & (file->interest | EPOLLERR | EPOLLHUP);
        if (found && file->interest & EPOLLET && !file->is_news) found = 0;
        int is_spurious = !found && has(SPURIOUS) && chance(200) && !(file->interest & EPOLLET);
        if (is_spurious) found = file->interest & (EPOLLIN | EPOLLOUT);
        if (!found || (may_omit && has(PARTIAL) && chance(6))) continue;
        file->is_news = 0;
        if (!is_spurious) note_report(number);
        // Shuffled on the way.
        int place = has(PARTIAL) ? (int)roll((uint64_t)count + 1) : count;
        numbers[count] = numbers[place], marks[count] = marks[place];
        numbers[place] = number, marks[place] = found;
        count++;
    }
    return count < most ? count : most;
}

static int await(int *numbers, uint32_t *marks, int most, int timeout) {
    static int empty_waits;
    begin_step();
    note_call(NULL);
    check_wait(timeout);
    turn++;
    if (has(SLOW) && chance(64)) is_slow = !is_slow;
    if (has(SLOW) && chance(500)) clock_offset += (int64_t)(roll(7200) - 3600) * 1000000000;
    if (has(INTERRUPTS) && chance(60)) return refuse_call(EINTR);
    int64_t deadline = timeout < 0 ? INT64_MAX : now + (int64_t)timeout * 1000000;
    for (int round = 0; round < 10000; round++) {
        // Now and then the server was away for a while, and much has happened.
        for (uint64_t acts = chance(100) ? roll(3000) : roll(4); acts > 0; acts--) act(0);
        int count = collect(numbers, marks, most, 1);
        if (count > 0 || timeout == 0) {
            empty_waits = count > 0 ? 0 : empty_waits + 1;
            if (empty_waits > 5000) fail("it has not slept, and there was nothing to do: it spins");
            trace(timeout ? "wait(%ld) = %ld" : "wait(%ld) = %ld, at once", timeout, count, 0, 0);
            note_call(NULL);
            return count;
        }
        int can_act = act(chance(4));
        now += (int64_t)roll(2000000);
        if (timeout > 0 && (!can_act || chance(8) || now >= deadline)) {
            if (now < deadline) now = deadline;
            count = collect(numbers, marks, most, 0);
            trace("wait(%ld) = %ld, after all the time", timeout, count, 0, 0);
            empty_waits = 0;
            note_call(NULL);
            return count;
        }
        // Nothing is ready, and every client waits for the server, which waits for them.
        if (!can_act && !act(1) && collect(numbers, marks, most, 0) == 0) {
            if (is_stopping) fail("it was asked to exit, and waits for ever");
            fail("deadlock: %d clients wait for the server, and it waits for them", clients_present());
        }
    }
    fail("the wait does not end, and clients do nothing that matters");
}

int poll(struct pollfd *entries, nfds_t count, int timeout) {
    nfds_t places[MOST_FILES];
    for (int number = 3; number < MOST_FILES; number++) files[number].is_watched = 0;
    for (nfds_t index = 0; index < count; index++) {
        struct file *watched = file(entries[index].fd, "poll");
        if (watched->is_watched) fail("%d stands in the list of poll twice", entries[index].fd);
        watched->is_watched = 1;
        places[entries[index].fd] = index;
        watched->interest = (uint32_t)(uint16_t)entries[index].events;  // the same bits as epoll's
        entries[index].revents = 0;
    }
    if (has(FAULTS) && is_prepared && chance(500)) return refuse_call(ENOMEM);
    int numbers[MOST_FILES];
    uint32_t marks[MOST_FILES];
    int found = await(numbers, marks, MOST_FILES, timeout);
    for (int index = 0; index < found; index++) entries[places[numbers[index]]].revents = (short)marks[index];
    return found;
}

int epoll_create1(int flags) {
    (void)flags;
    int number = open_number();
    files[number].kind = EPOLL;
    return number;
}

int epoll_ctl(int epoll, int operation, int number, struct epoll_event *event) {
    if (file(epoll, "epoll_ctl")->kind != EPOLL) fail("epoll_ctl of %d, which is no epoll", epoll);
    struct file *watched = file(number, "epoll_ctl");
    begin_step();
    note_call(operation == EPOLL_CTL_DEL ? NULL : watched->client);
    uint32_t interest = operation == EPOLL_CTL_DEL ? 0 : event->events;
    static const char *const formats[] = {
        [EPOLL_CTL_ADD] = "epoll_ctl(ADD, %ld, %lx)", [EPOLL_CTL_MOD] = "epoll_ctl(MOD, %ld, %lx)",
        [EPOLL_CTL_DEL] = "epoll_ctl(DEL, %ld)"};
    trace(formats[operation], number, (long)interest, 0, 0);
    if (watched->is_watched != (operation != EPOLL_CTL_ADD))
        fail("epoll_ctl: %d was%s watched", number, watched->is_watched ? "" : " not");
    if (operation != EPOLL_CTL_DEL && event->data.fd != number)
        fail("epoll_ctl: the event of %d names %d", number, event->data.fd);
    if (operation == EPOLL_CTL_MOD && interest == watched->interest) fail("epoll_ctl changes nothing of %d", number);
    if (has(FAULTS) && is_prepared && operation != EPOLL_CTL_DEL && chance(500)) {
        struct client *c = watched->client;
        if (c && operation == EPOLL_CTL_ADD) expect_rejection(c);
        if (c) c->may_close = 1;
        return refuse_call(ENOMEM);
    }
    watched->is_watched = operation != EPOLL_CTL_DEL;
    watched->interest = interest;
    watched->is_news = 1;
    if (number == listener) note_progress(number);
    return 0;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
    if (file(epoll, "epoll_wait")->kind != EPOLL) fail("epoll_wait of %d, which is no epoll", epoll);
    int numbers[MOST_FILES];
    uint32_t marks[MOST_FILES];
    int count = await(numbers, marks, most, timeout);
    for (int index = 0; index < count; index++)
        events[index] = (struct epoll_event){.events = marks[index], .data.fd = numbers[index]};
    return count;
}

// MARK: Time, and chance as the server sees it

int clock_gettime(clockid_t clock, struct timespec *time) {
    // Two looks in a row may be two questions. A third with no call in between means that requests were executed: a
    // server looks again after eight of them (TurnBudget).
    if (clock == CLOCK_MONOTONIC) {
        if (looked_at != step) looks = 0;
        looked_at = step;
        now += is_slow && ++looks > 2 ? 1000000 + (int64_t)roll(4000000) : (int64_t)roll(20000);
    }
    int64_t value = clock == CLOCK_REALTIME ? now + clock_offset : now;
    *time = (struct timespec){value / 1000000000, value % 1000000000};
    return 0;
}

int usleep(useconds_t time) {
    if (!is_main_thread()) return nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    begin_step();
    now += (int64_t)time * 1000;
    return 0;
}

// The table's secret.
ssize_t getrandom(void *bytes, size_t count, unsigned flags) {
    (void)flags;
    for (size_t index = 0; index < count; index++) ((char *)bytes)[index] = (char)roll(256);
    return (ssize_t)count;
}

int getentropy(void *bytes, size_t count) {
    getrandom(bytes, count, 0);
    return 0;
}

void arc4random_buf(void *bytes, size_t count) { getrandom(bytes, count, 0); }
