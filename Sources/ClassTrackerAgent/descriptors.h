#ifndef CLASS_TRACKER_AGENT_DESCRIPTORS_H
#define CLASS_TRACKER_AGENT_DESCRIPTORS_H

// This library is loaded into programs that are not Swift, and linked with nothing: what it needs is compiled into it.

#include "../CTrackingRuntime/include/owned_descriptor.h"

#endif
