#ifndef CLASS_TRACKER_AGENT_H
#define CLASS_TRACKER_AGENT_H

// The part of the agent that is preloaded into a process (LD_PRELOAD). It is C and needs libc alone, because it comes into
// every process that inherits the variable: shells, helpers, programs in other languages. In a Swift program of the right
// version it loads libClassTrackerAgentCore.so, which lies beside it, and starts the tracker before `main` is called.
//
//     CLASS_TRACKER_EXE=NAME     only in the program with this file name; others are left alone and pass the variable on
//     CLASS_TRACKER_FOLLOW=1     programs that the process starts get the agent as well
//
// What the tracker does is in its configuration: CLASS_TRACKER_CONFIG and the variables beside it.

#include <stddef.h>

/// The type of `class_tracker_agent_start`, which libClassTrackerAgentCore.so exports.
///
/// - Returns: 0 when the tracker runs.
typedef int class_tracker_agent_start_function(void);

// What is preloaded stands in front of all libraries: nothing but what it stands in front of may be found in it.
#pragma GCC visibility push(hidden)

/// Takes a library out of the LD_PRELOAD of a process, and the variable away where nothing is left of it.
///
/// - Parameter environment: The process's; it is changed in place.
void ct_agent_leave_preload(char *_Nullable *_Nonnull environment, const char *_Nonnull library);

/// The commit of LLVM that a library of Swift was compiled with, as its `.comment` section says: the same for all
/// builds
/// of one version of Swift.
///
/// - Parameter commit: Receives 40 hexadecimal digits and a zero.
/// - Returns: 0 where the file does not say.
int ct_agent_compiler(const char *_Nonnull path, char commit[_Nonnull 41]);

/// Writes a notice to the journal, or does without: that a program runs without memory tracking, and why.
void ct_agent_tell(const char *_Nonnull program, const char *_Nonnull reason);

#pragma GCC visibility pop

#endif
