// The allocator, counted; or one allocation fails. The simulation's own memory is not counted and never fails.

#include "simulation.h"
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <unistd.h>

long bytes_in_use, own_allocations, swift_allocations;
int is_ready, has_refused;

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t), __libc_free(void *);

void *own_malloc(size_t size) { return __libc_malloc(size); }
void *own_realloc(void *old, size_t size) { return __libc_realloc(old, size); }
void own_free(void *old) { __libc_free(old); }

// Where the program's own code lies: what is called from there is Shared's buffers and table. All else is Swift's runtime,
// which has no answer to a failure but to crash: the two are counted, and fail, apart.
static uintptr_t code_start, code_end;
static long refused_own, refused_swift;

static int find_code(struct dl_phdr_info *program, size_t size, void *unused) {
    (void)size, (void)unused;
    for (int index = 0; index < program->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &program->dlpi_phdr[index];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        code_start = program->dlpi_addr + part->p_vaddr;
        code_end = code_start + part->p_memsz;
    }
    return 1;  // the program itself comes first
}

void count_allocations(void) {
    dl_iterate_phdr(find_code, NULL);
    const char *own = getenv("SIMULATION_REFUSE"), *swift = getenv("SIMULATION_REFUSE_SWIFT");
    refused_own = own ? atol(own) : 0;
    refused_swift = swift ? atol(swift) : 0;
}

int is_main_thread(void) { return gettid() == getpid(); }

static int is_refused(void *caller) {
    // A thread that frees a table, or gives memory back, is not part of the script.
    if (!is_ready || !is_main_thread()) return 0;
    int is_own = (uintptr_t)caller >= code_start && (uintptr_t)caller < code_end;
    int refuses = is_own ? ++own_allocations == refused_own : ++swift_allocations == refused_swift;
    if (refuses) {
        has_refused = 1;
        errno = ENOMEM;
    }
    return refuses;
}

static void *counted(void *memory) {
    if (memory) __atomic_add_fetch(&bytes_in_use, (long)malloc_usable_size(memory) + 8, __ATOMIC_RELAXED);
    return memory;
}

static void uncount(void *memory) {
    if (memory) __atomic_sub_fetch(&bytes_in_use, (long)malloc_usable_size(memory) + 8, __ATOMIC_RELAXED);
}

void *malloc(size_t size) {
    return is_refused(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return is_refused(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size) {
    if (is_refused(__builtin_return_address(0))) return NULL;
    uncount(old);
    return counted(__libc_realloc(old, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (is_refused(__builtin_return_address(0))) return ENOMEM;
    *memory = counted(__libc_memalign(alignment, size));
    return *memory ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size) {
    return is_refused(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(alignment, size));
}

void free(void *memory) {
    uncount(memory);
    __libc_free(memory);
}
