// What the servers need from the system's C headers that Swift's Glibc module leaves out.
// Declarations only, no C code of our own but compiler builtins, and system calls, with a name Swift can call.
#pragma once

#include <malloc.h>      // malloc_usable_size
#include <sys/epoll.h>   // epoll_create1, epoll_ctl, epoll_wait
#include <sys/socket.h>  // struct sockaddr, socklen_t
#include "uring.h"       // io_uring

// Declared here because the headers hide them behind _GNU_SOURCE, under which Swift sees an accept4 that rejects nil.
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
int pipe2(int descriptors[2], int flags);
int sched_getaffinity(int process, unsigned long size, void *processors);

// Starts loading a cache line and does not wait for it. Harmless for any address: a bad one is ignored.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }
