// kqueue's declarations: on Linux they come with libkqueue, an implementation of kqueue over epoll.
#pragma once

#include <time.h>        // struct timespec, before the next one names it
#include <sys/event.h>   // kqueue, kevent
