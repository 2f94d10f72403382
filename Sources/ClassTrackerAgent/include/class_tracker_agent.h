#ifndef CLASS_TRACKER_AGENT_H
#define CLASS_TRACKER_AGENT_H

// The part of the agent that is preloaded into a process (LD_PRELOAD). It is C and needs only libc, because it is
// loaded into every process that inherits the variable: shells, helpers, programs in other languages. In a Swift
// program of the right version it loads libClassTrackerAgentCore.so from its own directory, and starts the tracker
// before `main` is called.
//
//     CLASS_TRACKER_EXE=NAME     only in the program with this file name; others pass the variable on unchanged
//     CLASS_TRACKER_FOLLOW=1     programs that the process starts get the agent as well
//
// The tracker reads its configuration from CLASS_TRACKER_CONFIG and the related variables.

#include <stddef.h>

/// The type of `class_tracker_agent_start`, which libClassTrackerAgentCore.so exports.
///
/// - Returns: 0 when the tracker runs.
typedef int class_tracker_agent_start_function(void);

// A preloaded library precedes all others in symbol lookup: it must export only the functions that it replaces.
#pragma GCC visibility push(hidden)

/// Removes a library from the LD_PRELOAD of a process, and the variable if it is then empty.
///
/// - Parameter environment: The process's environment, which is changed in place.
void ct_agent_leave_preload(char *_Nullable *_Nonnull environment, const char *_Nonnull library);

/// Reads the commit of LLVM with which a library of Swift was compiled from its `.comment` section: it is the same for
/// all builds of one version of Swift.
///
/// - Parameter commit: Receives 40 hexadecimal digits and a zero.
/// - Returns: 0 if the file does not contain it.
int ct_agent_compiler(const char *_Nonnull path, char commit[_Nonnull 41]);

/// Writes a notice to the journal, if it is there: the program runs without memory tracking, for a reason.
void ct_agent_tell(const char *_Nonnull program, const char *_Nonnull reason);

#pragma GCC visibility pop

#endif
