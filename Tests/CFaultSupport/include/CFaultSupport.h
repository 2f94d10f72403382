#ifndef CFAULT_SUPPORT_H
#define CFAULT_SUPPORT_H

// Faults that a service cannot bring about in Swift. Linking this target interposes malloc and mmap for the whole program.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: Memory

/// Has allocations of the agent's threads fail, known by their names: every `every`th one of at least `bytes` bytes; 0 ends it.
void cf_fail_malloc(size_t bytes, unsigned every);

/// The same for mmap, but not for that of malloc itself.
void cf_fail_mmap(unsigned every);

/// How many calls have failed.
uint64_t cf_failures(void);

/// Has all threads that have not allocated yet take memory from one heap.
void cf_use_one_arena(void);

/// Gives free memory of malloc's heap back to the kernel.
void cf_trim_heap(void);

/// Bytes that malloc has given out, in all its arenas.
size_t cf_heap_used(void);

// MARK: Files

/// Whether a descriptor is one of a file of /proc.
int cf_is_proc_file(int descriptor);

/// An epoll of the host's own with an eventfd that goes by the name 1, as that of Dispatch does; -1 where there is none.
int cf_open_epoll(void);

/// The signal by which a descriptor would tell that it is ready (F_GETSIG).
int cf_signal_of(int descriptor);

// MARK: Threads and processes

/// Has the kernel refuse new threads with an errno, to all threads of the process and for good, by a seccomp filter. New
/// processes are not concerned.
///
/// - Returns: 0, or an errno.
int cf_forbid_threads(int error);

/// fork(2), which Swift's Glibc module marks as unavailable.
pid_t cf_fork(void);

/// Cancels a thread that calls `body` again and again, so many times, while all locks of the first registry are held for some
/// milliseconds. Between its calls it asks whether it is cancelled; it may end nowhere else.
///
/// - Returns: How often it ended elsewhere; negative where there is no thread to be had.
int cf_cancel_threads(int rounds, void (*body)(void));

/// Takes the locks of all tables of the first registry that have objects, for good, as threads do that end within them.
///
/// - Returns: How many there are.
int cf_lose_locks(void);

// MARK: Signals

/// What a host's handlers have seen.
typedef struct {
    uint64_t faults, foreign, children, ticks;
} cf_signals;

/// Handles SIGSEGV and SIGBUS as a host does that goes on after faults of its own: by siglongjmp(3).
///
/// - Parameter on_stack: Whether the handlers run on the alternate stack.
void cf_handle_faults(int on_stack);

/// Gives the calling thread an alternate stack.
void cf_use_alternate_stack(void);

/// Faults, by a bad address or beyond the end of a file, and goes on.
///
/// - Returns: 1 where the host's handler has got it.
int cf_fault(int is_bus_error);

/// Collects children with waitpid(-1) in a handler of SIGCHLD.
void cf_collect_children(void);

/// Sends SIGPROF to the process so many times a second of processor time, with a handler that interrupts system calls.
void cf_tick(unsigned rate);

cf_signals cf_seen(void);

/// Interrupts all other threads by a signal to each of them, as profilers and collectors do, and waits for their answers;
/// those of Dispatch by SIGPROF alone, which is what they take.
///
/// - Parameter patience: In milliseconds.
/// - Returns: How many did not answer.
int cf_stop_threads(int signal, unsigned patience);

/// Sends a signal to the process that the calling thread has blocked and waits for, as a service does with SIGTERM.
///
/// - Parameter with_handler: Whether it has a handler as well, which is not called where all threads do as they should.
/// - Returns: 1 where the signal came to the caller, 0 where it did not come within 10 s, -1 where the handler was called.
int cf_await_signal(int signal, int with_handler);

// MARK: The end

/// Calls `body` when the process exits: as a handler of atexit(3), and again as a destructor.
void cf_at_exit(void (*body)(void));

#endif
