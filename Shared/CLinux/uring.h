// io_uring, as far as Beyond/Uring uses it. The same names, numbers and layouts as in <linux/io_uring.h>, which is not
// included because that of an older distribution lacks half of them; unions are left out. See io_uring(7).
#pragma once

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// An entry of the submission queue: one operation.
struct io_uring_sqe {
    uint8_t opcode;      // IORING_OP_…
    uint8_t flags;       // IOSQE_…
    uint16_t ioprio;     // flags of one opcode: IORING_ACCEPT_…, IORING_RECV_…
    int32_t fd;
    uint64_t off;
    uint64_t addr;
    uint32_t len;
    uint32_t op_flags;   // flags of one opcode: SOCK_…, MSG_…, EPOLL…, IORING_ASYNC_CANCEL_…
    uint64_t user_data;  // comes back in the completion
    uint16_t buf_group;
    uint16_t personality;
    int32_t splice_fd_in;
    uint64_t unused[2];
};

// An entry of the completion queue: what came of one operation.
struct io_uring_cqe {
    uint64_t user_data;
    int32_t res;     // what the system call would have returned; or a negative errno
    uint32_t flags;  // IORING_CQE_F_…, and the number of a buffer
};

// Where in the mapped memory the parts of the queues are.
struct io_sqring_offsets {
    uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, resv1;
    uint64_t user_addr;
};
struct io_cqring_offsets {
    uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, resv1;
    uint64_t user_addr;
};
struct io_uring_params {
    uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, resv[3];
    struct io_sqring_offsets sq_off;
    struct io_cqring_offsets cq_off;
};

// How long `io_uring_enter` waits.
struct uring_timespec { int64_t tv_sec, tv_nsec; };
struct io_uring_getevents_arg {
    uint64_t sigmask;
    uint32_t sigmask_sz, min_wait_usec;
    uint64_t ts;
};

// An entry of a ring of provided buffers, and what registers such a ring.
struct io_uring_buf { uint64_t addr; uint32_t len; uint16_t bid, resv; };
struct io_uring_buf_reg { uint64_t ring_addr; uint32_t ring_entries; uint16_t bgid, flags; uint64_t resv[3]; };
// The tail of that ring stands where its first entry has `resv`.
#define URING_BUFFER_TAIL_OFFSET 14

#define IORING_OFF_SQ_RING 0
#define IORING_OFF_SQES 0x10000000
#define IORING_SETUP_SINGLE_ISSUER 0x1000u
#define IORING_SETUP_DEFER_TASKRUN 0x2000u
#define IORING_SQ_CQ_OVERFLOW 2u
#define IORING_ENTER_GETEVENTS 1u
#define IORING_ENTER_EXT_ARG 8u
#define IORING_REGISTER_PBUF_RING 22u
#define IORING_OP_POLL_ADD 6
#define IORING_OP_ACCEPT 13
#define IORING_OP_ASYNC_CANCEL 14
#define IORING_OP_SEND 26
#define IORING_OP_RECV 27
#define IOSQE_BUFFER_SELECT 0x20
#define IOSQE_CQE_SKIP_SUCCESS 0x40
#define IORING_ACCEPT_MULTISHOT 1
#define IORING_RECV_MULTISHOT 2
#define IORING_ASYNC_CANCEL_ALL 1u
#define IORING_ASYNC_CANCEL_FD 2u
#define IORING_CQE_F_BUFFER 1u
#define IORING_CQE_F_MORE 2u
#define IORING_CQE_BUFFER_SHIFT 16u

// The three system calls, for which the C library has no functions, and Swift no `syscall`. Their numbers are the same
// on every processor.
static inline int io_uring_setup(unsigned entries, struct io_uring_params *parameters) {
    return (int)syscall(425, entries, parameters);
}
static inline int io_uring_enter(
    int ring, unsigned submitted, unsigned awaited, unsigned flags, const void *argument, size_t size) {
    return (int)syscall(426, ring, submitted, awaited, flags, argument, size);
}
static inline int io_uring_register(int ring, unsigned operation, const void *argument, unsigned count) {
    return (int)syscall(427, ring, operation, argument, count);
}

// Memory that the kernel looks at as well: Swift's Atomic cannot be laid over it.
// Acquire: what is read after this was written before the value that this finds.
static inline uint32_t load_acquire(const uint32_t *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
// Release: whoever finds this value finds all that was written before it.
static inline void store_release(uint32_t *place, uint32_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline void store_release16(uint16_t *place, uint16_t value) {
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
}
