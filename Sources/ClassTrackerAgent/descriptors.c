#include "../CTrackingRuntime/Descriptors/owned_descriptor.c"
