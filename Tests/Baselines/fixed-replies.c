// What the stages are held against: plain C programs that make the same system calls, and answer without a store.
//
//     fixed-replies sync       the calls of stage 1: accept, then read a length, read a body, write, again and again
//     fixed-replies threads    the calls of stage 2: the same, in a thread per connection
//     fixed-replies poll       the calls of stage 3: one thread, poll; one read and one write a request
//     fixed-replies epoll      the calls of stage 5: one thread, epoll; one read and one write for all that is there
//
// They count requests and send fixed replies: PONG for PING, OK for SET, xxx for GET. So they show what a server cannot
// go below on this machine, not what a server is: they check little, keep nothing, and take requests of at most 64 KB.

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CAPACITY = 64 << 10, MOST_CONNECTIONS = 20000 };

struct connection {
    int number;
    size_t received;
    unsigned char bytes[CAPACITY];
};

static void fail(const char *call) {
    perror(call);
    exit(1);
}

static void write_all(int number, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(number, bytes, count);
        if (written < 0 && errno != EINTR && errno != EAGAIN) return;
        if (written < 0) continue;
        bytes += written;
        count -= (size_t)written;
    }
}

static int read_full(int number, unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t got = read(number, bytes, count);
        if (got <= 0) return 0;
        bytes += got;
        count -= (size_t)got;
    }
    return 1;
}

// MARK: The length-prefixed protocol

static uint32_t word(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, 4);
    return value;
}

// The reply to a body: count, length of the name, name.
static size_t answer(const unsigned char *body, size_t length, unsigned char *reply) {
    const char *text = length < 9 ? "?" : body[8] == 'P' ? "PONG" : body[8] == 'S' ? "OK" : "xxx";
    uint32_t count = (uint32_t)strlen(text), frame = count + 5;
    memcpy(reply, &frame, 4);
    reply[4] = 2;
    memcpy(reply + 5, &count, 4);
    memcpy(reply + 9, text, count);
    return 9 + count;
}

static void serve(int number) {
    unsigned char body[CAPACITY], reply[16];
    while (read_full(number, body, 4)) {
        uint32_t length = word(body);
        if (length > CAPACITY || !read_full(number, body, length)) break;
        write_all(number, reply, answer(body, length, reply));
    }
    close(number);
}

static void *serve_thread(void *argument) {
    serve((int)(intptr_t)argument);
    return NULL;
}

// MARK: RESP

// Answers every whole request; returns how many bytes they took.
static size_t answer_all(const unsigned char *bytes, size_t count, unsigned char *replies, size_t *length) {
    size_t done = 0;
    while (1) {
        size_t at = done;
        const unsigned char *name = NULL;
        if (at >= count || bytes[at] != '*') return done;
        long lines = 0;
        for (at++; at < count && bytes[at] != '\r'; at++) lines = lines * 10 + bytes[at] - '0';
        at += 2;
        for (; lines > 0; lines--) {
            size_t size = 0;
            for (at++; at < count && bytes[at] != '\r'; at++) size = size * 10 + bytes[at] - '0';
            at += 2;
            if (!name) name = bytes + at;
            at += size + 2;
        }
        if (at > count) return done;
        done = at;
        if (!name) continue;
        const char *reply = *name == 'P' ? "+PONG\r\n" : *name == 'S' ? "+OK\r\n" : "$3\r\nxxx\r\n";
        size_t size = strlen(reply);
        memcpy(replies + *length, reply, size);
        *length += size;
    }
}

// MARK: Loops over many connections

static struct connection *connections[MOST_CONNECTIONS];

static struct connection *open_connection(int listener) {
    int number = accept(listener, NULL, NULL);
    if (number < 0) fail("accept");
    int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (number >= MOST_CONNECTIONS) {
        close(number);
        return NULL;
    }
    struct connection *connection = malloc(sizeof *connection);
    connection->number = number;
    connection->received = 0;
    return connections[number] = connection;
}

static void close_connection(struct connection *connection) {
    connections[connection->number] = NULL;
    close(connection->number);
    free(connection);
}

// Reads once, answers what is complete, writes. Returns 0 at the end of the stream.
static int respond(struct connection *connection, int is_resp) {
    // The longest reply is shorter than the shortest request, but for one byte.
    static unsigned char replies[CAPACITY * 2];
    ssize_t got = read(connection->number, connection->bytes + connection->received, CAPACITY - connection->received);
    if (got <= 0) return 0;
    connection->received += (size_t)got;
    size_t used = 0, length = 0;
    if (is_resp) {
        used = answer_all(connection->bytes, connection->received, replies, &length);
    } else {
        while (connection->received >= used + 4) {
            size_t end = used + 4 + word(connection->bytes + used);
            if (end > connection->received) break;
            // Stage 3 writes once a request.
            size_t size = answer(connection->bytes + used + 4, end - used - 4, replies);
            write_all(connection->number, replies, size);
            used = end;
        }
    }
    write_all(connection->number, replies, length);
    memmove(connection->bytes, connection->bytes + used, connection->received - used);
    connection->received -= used;
    return 1;
}

static void run_poll(int listener) {
    static struct pollfd entries[MOST_CONNECTIONS];
    nfds_t count = 1;
    entries[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    while (1) {
        if (poll(entries, count, -1) < 0) fail("poll");
        for (nfds_t index = 1; index < count; index++) {
            if (!entries[index].revents || respond(connections[entries[index].fd], 0)) continue;
            close_connection(connections[entries[index].fd]);
            entries[index--] = entries[--count];
        }
        if (!entries[0].revents || count == MOST_CONNECTIONS) continue;
        struct connection *connection = open_connection(listener);
        if (connection) entries[count++] = (struct pollfd){.fd = connection->number, .events = POLLIN};
    }
}

static void run_epoll(int listener) {
    struct epoll_event events[256], entry = {.events = EPOLLIN, .data.fd = listener};
    int epoll = epoll_create1(0);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &entry) < 0) fail("epoll");
    while (1) {
        int count = epoll_wait(epoll, events, 256, -1);
        if (count < 0) fail("epoll_wait");
        for (int index = 0; index < count; index++) {
            int number = events[index].data.fd;
            if (number != listener) {
                if (!respond(connections[number], 1)) close_connection(connections[number]);
                continue;
            }
            struct connection *connection = open_connection(listener);
            if (!connection) continue;
            entry.data.fd = connection->number;
            epoll_ctl(epoll, EPOLL_CTL_ADD, connection->number, &entry);
        }
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: fixed-replies sync|threads|poll|epoll\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 4096) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    if (!strcmp(arguments[1], "poll")) run_poll(listener);
    if (!strcmp(arguments[1], "epoll")) run_epoll(listener);
    while (1) {
        int number = accept(listener, NULL, NULL), on = 1;
        if (number < 0) fail("accept");
        setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (strcmp(arguments[1], "threads")) {
            serve(number);
            continue;
        }
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve_thread, (void *)(intptr_t)number) != 0) fail("pthread_create");
        pthread_detach(thread);
    }
}
