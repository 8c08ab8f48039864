// What must hold of a server at its calls, and whenever it waits.

#include "simulation.h"
#include <sys/epoll.h>

static int64_t last_call;
static int has_waited;
static long base_bytes;

// The server has got somewhere with a descriptor.
void note_progress(int number) {
    files[number].reports = 0;
    if (files[number].client) files[number].client->waits_owed = 0;
}

// The time between the call before and this one is the server's own work, and it was for this client. Not when the server
// is asked to exit: it then looks at every client once, and many of them need no call.
void note_call(struct client *c) {
    if (c) {
        if (c->turn != turn) c->turn_time = 0, c->turn = turn;
        c->turn_time += now - last_call;
        c->last_call = now;
        if (c->turn_time > 60000000 && !is_stopping)
            fail("client %d had %ld ms of one turn, and others wait", c->id, (long)(c->turn_time / 1000000));
    }
    last_call = now;
}

// It was reported, and not without reason.
void note_report(int number) {
    if (++files[number].reports > 150)
        fail("%d was reported 150 times, and the server got nowhere with it: it spins", number);
}

// What must hold of a connection whenever the server waits. `waits`: it has nothing to do before something happens.
static void check_connection(int number, int waits) {
    struct file *file = &files[number];
    struct client *c = file->client;
    uint64_t owed = c->due - c->written;
    if (c->is_rejected) fail("client %d was over the limit, and is still connected", c->id);
    if (!file->is_watched) fail("descriptor %d of client %d is open and not watched: leaked", number, c->id);
    if (waits && (c->saw_error || ((c->saw_end || c->saw_last) && owed == 0)))
        fail("client %d is done, and its connection is kept", c->id);
    if (waits && owed > 0 && !(file->interest & EPOLLOUT))
        fail("client %d is owed %lu bytes, and nothing will call for them", c->id, owed);
    if (waits && owed == 0 && !(file->interest & EPOLLIN)) fail("nothing that client %d sends will be heard", c->id);
    if ((file->interest & EPOLLOUT) && !c->was_refused)
        fail("the server waits for room for client %d, and none was refused", c->id);
    uint32_t marks = readiness(number);
    int has_work = owed > 0 ? marks & EPOLLOUT : marks & EPOLLIN;
    if (has_work && ++c->waits_owed > 3000) fail("client %d has waited for 3,000 turns for the server's next step", c->id);
    if (idle_limit && waits && now - c->last_call > idle_limit + 1000000000)
        fail("client %d has been idle for %ld ms", c->id, (long)((now - c->last_call) / 1000000));
}

static long memory_bound(void) {
    // The rest is for the arrays that grow with the number of connections, and what Swift makes at first use.
    long bound = base_bytes + (512 << 10) + (long)bytes_stored();
    // A long value stays in the buffer it has arrived in. Where that could not be cut off, it keeps all of it.
    if (has_refused) bound += 2 << 20;
    for (int number = 3; number < MOST_FILES; number++) {
        struct client *c = files[number].client;
        if (files[number].kind != CONNECTION) continue;
        bound += 16 << 10;
        int is_quiet = c->due == c->written && c->requests.end == c->requests.first && c->sent == c->read;
        // A buffer moves to a smaller place when an eighth of it is left; one that grows is doubled; one read brings up
        // to 256 KB. Stage 5 may hold all that a client is owed: the limits of what all clients leave unread are far above
        // what happens here.
        long owed = (long)(c->due - c->written);
        if (!is_quiet) bound += 8 * owed + 2 * (long)(c->longest_reply + 2 * c->longest_request + (256 << 10));
    }
    return bound;
}

// Everybody has gone: what is left of them in the server?
static void check_rest(void) {
    int count = 0;
    for (int number = 3; number < MOST_FILES; number++) count += files[number].kind == CONNECTION;
    if (count) fail("all clients have gone, and %d connections are open", count);
    stop();
}

// The server waits: what must hold?
void check_wait(long timeout) {
    if (is_draining && !is_stopping && clients_present() == 0) check_rest();
    if (is_stopping) return;
    if (!has_waited) base_bytes = bytes_in_use;
    has_waited = 1;
    for (int number = 3; number < MOST_FILES; number++)
        if (files[number].kind == CONNECTION) check_connection(number, timeout != 0);
    struct file *file = &files[listener];
    if (!(file->interest & EPOLLIN) && (timeout < 0 || timeout > 1000))
        fail("new connections are not watched for, and it waits for %ld ms", timeout);
    if (bytes_in_use > memory_bound())
        fail("%ld bytes are in use: more than %ld, which is what the clients justify", bytes_in_use, memory_bound());
}

// A connection is closed: had it deserved it, and does the client get what it is owed?
void check_close(struct client *c) {
    int is_idle = idle_limit && now - c->last_call >= idle_limit - 100000000;
    int is_done = c->due == c->written && (c->saw_end || c->saw_last);
    if (!(is_done || c->saw_error || c->may_close || c->is_rejected || is_stopping || is_idle))
        fail("client %d was closed, and had done nothing to deserve it", c->id);
    if (c->saw_error || c->may_close || c->is_rejected || is_idle || is_grace_over()) return;
    if (c->written != c->last_boundary) fail("client %d was closed in the middle of a reply", c->id);
    if (c->unread_seen && c->written && !c->was_reset)
        fail("client %d was closed with %lu bytes unread: the reset takes replies with it", c->id, c->unread_seen);
}

// The program ends.
void check_end(int status) {
    if (!is_stopping) fail("the server ended with status %d, and nobody had asked it to", status);
    if (status != 0) fail("asked to exit, the server ended with status %d", status);
    long took = (long)((now - stop_time) / 1000000);
    // The grace period is half a second; and each client is looked at, which where work is slow takes 10 ms at most.
    if (took > 1000 + 10 * clients_present()) fail("the server exited %ld ms after it was asked to", took);
    for (int index = 0; index < client_count; index++)
        if (clients[index].state == ACCEPTED && !is_grace_over())
            fail("the server exited after %ld ms, and client %d was not done", took, index);
}
