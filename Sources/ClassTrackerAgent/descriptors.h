#ifndef CLASS_TRACKER_AGENT_DESCRIPTORS_H
#define CLASS_TRACKER_AGENT_DESCRIPTORS_H

// This library is loaded into programs that are not Swift, and linked with nothing: it compiles in the code that it
// needs.

#include "../CTrackingRuntime/include/owned_descriptor.h"

#endif
