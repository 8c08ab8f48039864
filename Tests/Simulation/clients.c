// The clients: what they send, how they behave, and which replies are right. Each has keys of its own, so its replies
// follow from its own requests alone, whatever the others do meanwhile; some long values are everybody's, and constant.

#include "simulation.h"
#include <errno.h>
#include <stddef.h>

enum { PATTERN = 1 << 20, SHARED_VALUES = 4 };

struct client clients[MOST_CLIENTS];
int client_count, is_prepared;
uint64_t connection_count, answered_count;
static struct client *backlog[MOST_CLIENTS];
static int waiting;
// Values are pieces of it. All byte values occur.
static char pattern[PATTERN];
static struct value shared[SHARED_VALUES];

// MARK: Queues

static size_t length(const struct queue *queue) { return queue->end - queue->first; }

static void *push(struct queue *queue, const void *bytes, size_t count) {
    if (queue->end + count > queue->capacity) {
        if (queue->first) memmove(queue->start, queue->start + queue->first, length(queue));
        queue->end -= queue->first, queue->first = 0;
        if (queue->end + count > queue->capacity) {
            queue->capacity = 2 * (queue->end + count);
            queue->start = own_realloc(queue->start, queue->capacity);
        }
    }
    memcpy(queue->start + queue->end, bytes, count);
    queue->end += count;
    return queue->start + queue->end - count;
}

static void *front(struct queue *queue) { return queue->start + queue->first; }

static void drop(struct queue *queue, size_t count) {
    queue->first += count;
    if (queue->first == queue->end) queue->first = queue->end = 0;
}

// MARK: Replies that are right

static void say_bytes(struct client *c, const char *bytes, size_t count, int is_constant) {
    struct part part = {bytes, count, NULL};
    if (count == 0) return;
    if (!is_constant) part.bytes = part.owned = memcpy(own_malloc(count), bytes, count);
    push(&c->parts, &part, sizeof part);
    c->promised += count;
}

static void say(struct client *c, const char *resp, uint8_t tag, size_t number, int size) {
    char text[64];
    text[0] = (char)tag;
    memcpy(text + 1, &number, 8);
    if (is_resp) say_bytes(c, text, (size_t)snprintf(text, sizeof text, resp, number), 0);
    else say_bytes(c, text, (size_t)size + 1, 0);
}

static void say_null(struct client *c) { say(c, "$-1\r\n", 0, 0, 0); }
static void say_integer(struct client *c, int64_t value) { say(c, ":%ld\r\n", 3, (size_t)value, 8); }
static void say_array(struct client *c, size_t count) { say(c, "*%lu\r\n", 4, count, 4); }

static void say_string(struct client *c, const char *bytes, size_t count, int is_constant) {
    say(c, "$%lu\r\n", 2, count, 4);
    say_bytes(c, bytes, count, is_constant);
    if (is_resp) say_bytes(c, "\r\n", 2, 1);
}

static void say_status(struct client *c, const char *text) {
    if (!is_resp) return say_string(c, text, strlen(text), 1);
    char line[64];
    say_bytes(c, line, (size_t)snprintf(line, sizeof line, "+%s\r\n", text), 0);
}

static void say_error(struct client *c, const char *text) {
    char line[200];
    if (is_resp) return say_bytes(c, line, (size_t)snprintf(line, sizeof line, "-%s\r\n", text), 0);
    say(c, "", 1, strlen(text), 4);
    say_bytes(c, text, strlen(text), 0);
}

static void say_value(struct client *c, struct value *value) {
    if (value->exists) say_string(c, value->bytes, value->count, value >= shared && value < shared + SHARED_VALUES);
    else say_null(c);
}

// MARK: Requests

static void begin_reply(struct client *c) {
    // The length of a frame: filled in when it is known.
    if (!is_resp) say_bytes(c, "\0\0\0", 4, 0);
}

// Ends a request, whose bytes stand at the end of `unsent` and whose reply began at `start`.
static void end_request(struct client *c, size_t bytes, uint64_t start, int is_last) {
    size_t reply = c->promised - start;
    if (!is_resp && reply) {
        struct part *parts = front(&c->parts);
        uint64_t position = c->promised;
        size_t index = length(&c->parts) / sizeof *parts;
        while (position > start) position -= parts[--index].count;
        uint32_t frame = (uint32_t)reply - 4;
        memcpy(parts[index].owned, &frame, 4);
    }
    c->sent += bytes;
    struct request request = {c->sent, c->promised, is_last};
    push(&c->requests, &request, sizeof request);
    if (bytes > c->longest_request) c->longest_request = bytes;
    if (reply > c->longest_reply) c->longest_reply = reply;
}

static size_t send_raw(struct client *c, const void *bytes, size_t count) {
    push(&c->unsent, bytes, count);
    return count;
}

struct argument { const char *bytes; size_t count; };

static struct argument word(const char *text) { return (struct argument){text, strlen(text)}; }

// Puts a request behind what is to be sent; returns its length.
static size_t encode(struct client *c, const struct argument *arguments, int count) {
    size_t before = length(&c->unsent);
    char text[32];
    uint32_t body = 4, n = (uint32_t)count;
    for (int index = 0; index < count; index++) body += 4 + (uint32_t)arguments[index].count;
    if (is_resp) send_raw(c, text, (size_t)sprintf(text, "*%d\r\n", count));
    else send_raw(c, &body, 4), send_raw(c, &n, 4);
    for (int index = 0; index < count; index++) {
        uint32_t size = (uint32_t)arguments[index].count;
        if (is_resp) send_raw(c, text, (size_t)sprintf(text, "$%u\r\n", size));
        else send_raw(c, &size, 4);
        send_raw(c, arguments[index].bytes, size);
        if (is_resp) send_raw(c, "\r\n", 2);
    }
    return length(&c->unsent) - before;
}

static size_t some_length(void) {
    if (has(LARGE) && chance(60)) return roll(200 << 10);
    return chance(8) ? roll(4000) : roll(40);
}

static void store(struct value *value, const char *bytes, size_t count, int appends) {
    size_t old = appends && value->exists ? value->count : 0;
    value->bytes = own_realloc(value->bytes, old + count + 1);
    memcpy(value->bytes + old, bytes, count);
    value->count = old + count;
    value->exists = 1;
    if (value->count > value->peak) value->peak = value->count;
}

static void ask_set(struct client *c, const char *key, struct value *value, size_t count) {
    const char *bytes = pattern + roll(PATTERN - count);
    uint64_t start = c->promised;
    size_t size = encode(c, (struct argument[]){word("SET"), word(key), {bytes, count}}, 3);
    if (value) store(value, bytes, count, 0);
    begin_reply(c);
    say_status(c, "OK");
    end_request(c, size, start, 0);
}

static void ask_rubbish(struct client *c) {
    static const struct { const char *bytes, *error; size_t count; } all[2][4] = {
        {{"\1\0\0\x02", "frame too long", 4}, {"\4\0\0\0\0\0\0\0", "malformed frame", 8},
         {"\4\0\0\0\1\4\0\0", "too many arguments", 8}, {"\5\0\0\0\1\0\0\0x", "malformed frame", 9}},
        {{"*abc\r\n", "invalid multibulk length", 6}, {"*1\r\n:5\r\n", "expected '$', got ':'", 8},
         {"*1\r\n$-5\r\n", "invalid bulk length", 9}, {"ECHO \"abc\r\n", "unbalanced quotes in request", 11}}};
    uint64_t which = roll(4), start = c->promised;
    char text[100];
    snprintf(text, sizeof text, "ERR Protocol error: %s", all[is_resp][which].error);
    begin_reply(c);
    say_error(c, text);
    end_request(c, send_raw(c, all[is_resp][which].bytes, all[is_resp][which].count), start, 1);
}

static void ask_many(struct client *c, char (*keys)[24]) {
    struct argument arguments[6] = {word("MGET")};
    struct value *values[6];
    char names[6][24];
    int count = 1 + (int)roll(5);
    for (int index = 1; index <= count; index++) {
        uint64_t which = roll(STRINGS);
        if (has(LARGE) && (c->is_greedy || chance(6))) {
            which %= SHARED_VALUES;
            sprintf(names[index], "large:%lu", which);
            values[index] = &shared[which];
            arguments[index] = word(names[index]);
        } else {
            values[index] = &c->strings[which];
            arguments[index] = word(keys[which]);
        }
    }
    uint64_t start = c->promised;
    size_t size = encode(c, arguments, count + 1);
    begin_reply(c);
    say_array(c, (size_t)count);
    for (int index = 1; index <= count; index++) say_value(c, values[index]);
    end_request(c, size, start, 0);
}

static void ask(struct client *c) {
    char keys[STRINGS][24], counter[24];
    for (int index = 0; index < STRINGS; index++) sprintf(keys[index], "c%d:%d", c->id, index);
    uint64_t which = roll(STRINGS), other = roll(COUNTERS), start = c->promised;
    struct value *value = &c->strings[which];
    sprintf(counter, "n%d:%lu", c->id, other);
    size_t size = 0, count = some_length();
    const char *bytes = pattern + roll(PATTERN - count);
    uint64_t kind = c->is_greedy ? 8 : roll(16);
    if (kind == 8) return ask_many(c, keys);
    if (kind >= 12 && kind <= 14) return ask_set(c, keys[which], value, count);
    if (kind == 15) {
        // Expires, and nobody asks for it: the loop has something to do by the clock.
        char time[24];
        sprintf(time, "%lu", 1 + roll(3000)), sprintf(counter, "t%d:%lu", c->id, which);
        size = encode(c, (struct argument[]){word("SET"), word(counter), word("x"), word("PX"), word(time)}, 5);
        begin_reply(c);
        say_status(c, "OK");
        return end_request(c, size, start, 0);
    }
    // These are encoded first: they say what is there before they change it.
    switch (kind) {
    case 0: size = encode(c, (struct argument[]){word("PING")}, 1); break;
    case 1: size = encode(c, (struct argument[]){word("ECHO"), {bytes, count}}, 2); break;
    case 2: case 3: size = encode(c, (struct argument[]){word("GET"), word(keys[which])}, 2); break;
    case 4: case 5: size = encode(c, (struct argument[]){word("INCR"), word(counter)}, 2); break;
    case 6: size = encode(c, (struct argument[]){word("APPEND"), word(keys[which]), {bytes, count % 4000}}, 3); break;
    case 7: size = encode(c, (struct argument[]){word("DEL"), word(keys[which])}, 2); break;
    case 9: size = encode(c, (struct argument[]){word("STRLEN"), word(keys[which])}, 2); break;
    case 10: size = encode(c, (struct argument[]){word("NONSENSE")}, 1); break;
    case 11:
        // An empty request has no reply.
        if (is_resp && chance(2)) return end_request(c, send_raw(c, "*0\r\n", 4), start, 0);
        size = is_resp ? send_raw(c, "PING\r\n", 6) : encode(c, (struct argument[]){word("PING")}, 1);
    }
    begin_reply(c);
    switch (kind) {
    case 0: case 11: say_status(c, "PONG"); break;
    case 1: say_string(c, bytes, count, 1); break;
    case 2: case 3: say_value(c, value); break;
    case 4: case 5: say_integer(c, ++c->counters[other]); break;
    case 6:
        store(value, bytes, count % 4000, 1);
        say_integer(c, (int64_t)value->count);
        break;
    case 7: say_integer(c, value->exists); value->exists = 0; break;
    case 9: say_integer(c, value->exists ? (int64_t)value->count : 0); break;
    case 10: say_error(c, "ERR unknown command 'NONSENSE', with args beginning with: "); break;
    }
    end_request(c, size, start, 0);
}

static void ask_last(struct client *c) {
    uint64_t start = c->promised;
    if (c->ending == SENDS_RUBBISH) ask_rubbish(c);
    if (c->ending == QUITS) {
        size_t size = encode(c, (struct argument[]){word("QUIT")}, 1);
        begin_reply(c);
        say_status(c, "OK");
        end_request(c, size, start, 1);
    }
    // What follows is not looked at.
    if ((c->ending == QUITS || c->ending == SENDS_RUBBISH) && chance(2))
        c->sent += send_raw(c, pattern + roll(1000), 1 + roll(chance(4) ? 40000 : 300));
}

// MARK: What the kernel asks

size_t take_bytes(struct client *c, char *to, size_t count) {
    if (to) memcpy(to, front(&c->unsent), count);
    drop(&c->unsent, count);
    c->read += count;
    struct request *all = front(&c->requests);
    while (c->complete < length(&c->requests) / sizeof *all && all[c->complete].end <= c->read) {
        c->due = all[c->complete].reply_end;
        c->saw_last = all[c->complete].is_last;
        c->complete++;
    }
    // A request without a reply is over when it has been read.
    check_reply(c, NULL, 0, 0);
    return count;
}

void check_reply(struct client *c, const char *bytes, size_t offered, size_t accepted) {
    if (c->written + offered > c->due)
        fail("client %d is sent %lu bytes, and %lu are due", c->id, offered, c->due - c->written);
    struct part *parts = front(&c->parts);
    size_t offset = c->part_offset;
    for (size_t index = 0, checked = 0; checked < offered; index++, offset = 0) {
        size_t count = parts[index].count - offset;
        if (count > offered - checked) count = offered - checked;
        if (memcmp(parts[index].bytes + offset, bytes + checked, count) != 0)
            fail("client %d gets a wrong reply, in what follows byte %lu: '%.*s' instead of '%.*s'", c->id,
                c->written + checked, (int)(count < 60 ? count : 60), bytes + checked, (int)(count < 60 ? count : 60),
                parts[index].bytes + offset);
        checked += count;
    }
    c->written += accepted;
    c->part_offset += accepted;
    while (length(&c->parts) && (parts = front(&c->parts))->count <= c->part_offset) {
        c->part_offset -= parts->count;
        own_free(parts->owned);
        drop(&c->parts, sizeof *parts);
    }
    struct request *next;
    while (c->complete > 0 && (next = front(&c->requests))->reply_end <= c->written) {
        c->last_boundary = next->reply_end;
        drop(&c->requests, sizeof *next);
        c->complete--;
        answered_count++;
    }
    if (c == clients && !is_prepared && c->written == c->promised && c->read == c->sent && c->sent) is_prepared = 1;
}

void expect_rejection(struct client *c) {
    c->is_rejected = 1;
    while (length(&c->parts)) own_free(((struct part *)front(&c->parts))->owned), drop(&c->parts, sizeof(struct part));
    c->promised = 0;
    begin_reply(c);
    say_error(c, "ERR max number of clients reached");
    struct part *first = front(&c->parts);
    uint32_t frame = (uint32_t)c->promised - 4;
    if (!is_resp) memcpy(first->owned, &frame, 4);
    c->due = c->promised;
}

struct client *next_in_backlog(int take) {
    struct client *c = backlog[0];
    if (!take) return c;
    memmove(backlog, backlog + 1, (size_t)--waiting * sizeof *backlog);
    c->state = ACCEPTED;
    connection_count++;
    return c;
}

int backlog_count(void) { return waiting; }

int clients_present(void) {
    int count = 0;
    for (int index = 0; index < client_count; index++) count += clients[index].state != AWAY;
    return count;
}

void reset(struct client *c) {
    if (c->was_reset) return;
    trace("        client %ld resets", c->id, 0, 0, 0);
    c->was_reset = 1;
    c->error = c->has_ended ? EPIPE : ECONNRESET;
    happened(c);
}

// The connection is over.
void forget(struct client *c) {
    while (length(&c->parts)) own_free(((struct part *)front(&c->parts))->owned), drop(&c->parts, sizeof(struct part));
    int is_clean = length(&c->requests) == 0 && !c->is_rejected;
    if (!is_clean) c->is_unsure = 1;
    for (int index = 0; index < STRINGS && is_clean && !c->is_unsure; index++)
        c->strings[index].peak = c->strings[index].exists ? c->strings[index].count : 0;
    c->unsent.first = c->unsent.end = c->requests.first = c->requests.end = 0;
    c->state = AWAY;
}

size_t bytes_stored(void) {
    // A key that expires is there until somebody looks.
    size_t sum = 0;
    for (int index = 0; index < SHARED_VALUES; index++) sum += shared[index].count + 200;
    for (int index = 0; index < client_count; index++) {
        sum += (STRINGS * 2 + COUNTERS) * 250;
        for (int key = 0; key < STRINGS; key++) sum += clients[index].strings[key].peak * 5 / 4;
    }
    return sum;
}

// MARK: What clients do

void prepare_clients(int count) {
    client_count = count < MOST_CLIENTS ? count : MOST_CLIENTS;
    for (int index = 0; index < PATTERN; index++) pattern[index] = (char)roll(256);
    for (int index = 0; index < client_count; index++) clients[index].id = index;
}

static void connect_client(struct client *c) {
    // What it has stored stays, and the queues' memory; all else is new.
    struct queue unsent = c->unsent, requests = c->requests, parts = c->parts;
    memset(&c->ending, 0, offsetof(struct client, strings) - offsetof(struct client, ending));
    c->unsent = unsent, c->requests = requests, c->parts = parts;
    c->state = IN_BACKLOG;
    backlog[waiting++] = c;
    happened(c);
    c->ending = (enum ending)roll(ENDINGS);
    if (c->ending == SENDS_RUBBISH && !has(MALFORMED)) c->ending = QUITS;
    if (c->ending == HALF_CLOSES && !has(HALVES)) c->ending = CLOSES;
    if ((c->ending == VANISHES || c->ending == RESETS_ANY_TIME) && !has(RESETS)) c->ending = CLOSES;
    if (c->ending == STAYS && chance(2)) c->ending = CLOSES;
    c->depth = chance(2) ? 1 : 1 + (unsigned)roll(chance(8) ? 2000 : 30);
    c->requests_left = 1 + (unsigned)roll(c->depth > 30 ? c->depth : 40);
    c->piece = chance(4) ? 1 + (unsigned)roll(20) : 64 << 10;
    c->send_buffer = chance(4) ? 100 + roll(3000) : 20000 + roll(200000);
    c->never_reads = has(STALLS) && chance(12);
    c->is_greedy = has(LARGE) && chance(16);
    if (c->is_greedy && c->depth > 100) c->depth = 100;
    if (!is_prepared) {
        c->ending = STAYS;
        for (int index = 0; index < SHARED_VALUES; index++) {
            char key[24];
            sprintf(key, "large:%d", index);
            ask_set(c, key, &shared[index], has(LARGE) ? 40000 + roll(60000) : 100);
        }
        c->requests_left = c->never_reads = 0;
    } else if (c->is_unsure) {
        for (int index = 0; index < STRINGS; index++) {
            char key[24];
            sprintf(key, "c%d:%d", c->id, index);
            ask_set(c, key, &c->strings[index], some_length());
        }
        for (int index = 0; index < COUNTERS; index++) {
            char key[24];
            sprintf(key, "n%d:%d", c->id, index);
            c->counters[index] = 7;
            uint64_t start = c->promised;
            size_t size = encode(c, (struct argument[]){word("SET"), word(key), word("7")}, 3);
            begin_reply(c);
            say_status(c, "OK");
            end_request(c, size, start, 0);
        }
        c->is_unsure = 0;
    }
}

static int send_some(struct client *c) {
    size_t most = 64 << 10, waiting_bytes = c->arrived - c->read, count = c->sent - c->arrived;
    if (count == 0 || waiting_bytes >= most) return 0;
    if (count > most - waiting_bytes) count = most - waiting_bytes;
    // The larger the rest, the larger the steps: a run is not to be spent on one client.
    if (count / 50 > c->piece) c->piece *= 2;
    if (count > c->piece) count = c->piece;
    if (!chance(3)) count = 1 + roll(count);
    c->arrived += count;
    trace("        client %ld sends %ld bytes", c->id, (long)count, 0, 0);
    happened(c);
    return 1;
}

static int think_of_more(struct client *c) {
    if (is_draining || !is_prepared) {
        if (c->requests_left) c->requests_left = 0, c->ending = CLOSES;
        return 0;
    }
    size_t pending = length(&c->requests) / sizeof(struct request);
    if (c->requests_left == 0 || pending >= c->depth || length(&c->unsent) > (300 << 10)) return 0;
    for (uint64_t count = 1 + roll(c->depth - pending); count > 0 && c->requests_left > 0; count--) {
        ask(c);
        if (--c->requests_left == 0) ask_last(c);
    }
    return 1;
}

static int take_some(struct client *c, int must) {
    if (must || is_draining) c->is_stalled = c->never_reads = 0;
    uint64_t count = c->written - c->taken;
    if (count == 0 || c->is_stalled || c->never_reads) return 0;
    if ((c->due - c->written) / 20 > c->send_buffer) c->send_buffer *= 2;
    c->taken += chance(2) ? count : 1 + roll(count);
    happened(c);
    return 1;
}

static int end_some(struct client *c, int must) {
    if (c->ending == RESETS_ANY_TIME && (is_draining || chance(20))) return reset(c), 1;
    int has_sent_all = c->requests_left == 0 && c->arrived == c->sent;
    int has_all = has_sent_all && length(&c->requests) == 0 && c->taken == c->written;
    if (!has_sent_all || c->has_ended || c->saw_last) return 0;
    enum ending ending = c->ending;
    if (ending == STAYS && (is_draining || (is_prepared && (must || chance(200))))) ending = CLOSES;
    if (ending != HALF_CLOSES && ending != VANISHES && !(ending == CLOSES && has_all)) return 0;
    trace("        client %ld ends", c->id, 0, 0, 0);
    if (ending == VANISHES && c->written > c->taken) return reset(c), 1;
    c->has_ended = 1;
    c->is_gone = ending != HALF_CLOSES;
    happened(c);
    return 1;
}

static int act_one(struct client *c, int must) {
    if (c->state == AWAY) {
        // The first client brings what all others ask for.
        if (is_draining || is_stopping || (!is_prepared && c != clients) || !(must || chance(10))) return 0;
        connect_client(c);
        return 1;
    }
    if (c->was_reset) return 0;
    if (has(STALLS) && !is_draining && chance(40)) c->is_stalled = !c->is_stalled;
    if (c->never_reads && chance(400)) return reset(c), 1;
    for (uint64_t tries = 0, what = roll(4); tries < 4; tries++, what = (what + 1) % 4) {
        if (what == 0 && send_some(c)) return 1;
        if (what == 1 && think_of_more(c)) return 1;
        if (what == 2 && take_some(c, must)) return 1;
        if (what == 3 && end_some(c, must)) return 1;
    }
    return 0;
}

int act(int must) {
    uint64_t start = roll((uint64_t)client_count);
    for (int index = 0; index < client_count; index++)
        if (act_one(&clients[(start + (uint64_t)index) % (uint64_t)client_count], must)) return 1;
    return 0;
}
