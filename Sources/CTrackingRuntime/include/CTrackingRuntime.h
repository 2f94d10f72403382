#ifndef CTRACKING_RUNTIME_H
#define CTRACKING_RUNTIME_H

// The C code that cannot be written in Swift: code that runs inside an allocation, where Swift could itself allocate;
// reads that may fault; instructions; and functions that glibc declares for _GNU_SOURCE only, which Swift's Glibc
// module omits.
//
// Each folder covers one subject and holds its private headers; the functions that Swift calls are declared in
// include/:
//
//     Shims           processes, threads, locks, clocks, pages, own objects
//     Heap            the allocator that serves malloc
//     Descriptors     file descriptors that the host may close or reuse at any time
//     GuardedReads    reads of memory that may be unmapped
//     Architecture    all that differs between x86_64 and aarch64
//     Images          the program and its libraries: segments, import slots, build ids
//     Metadata        Swift's metadata sections, and the identity of a class
//     DebugInfo       source lines and inlined calls, from DWARF
//     Hooks           how calls of the runtime's functions are redirected to ours
//     Protection      writing to code and to read-only memory
//     Classes         which classes are tracked; births and deaths of their instances
//     Objects         the table of tracked objects
//     Traces          call stacks, each stored once
//     ProcessCopy     a copy-on-write copy of the process, in which a snapshot is measured
//     TrackerCopies   several copies of this library in one process

#include "aarch64_code.h"
#include "allocator.h"
#include "class_metadata.h"
#include "clocks.h"
#include "debug_inlines.h"
#include "debug_lines.h"
#include "dispatch_descriptors.h"
#include "forks.h"
#include "guarded_reads.h"
#include "images.h"
#include "owned_descriptor.h"
#include "pages.h"
#include "process_copy.h"
#include "process_end.h"
#include "runtime_hooks.h"
#include "threads.h"
#include "tracked_objects.h"
#include "traces.h"

#endif
