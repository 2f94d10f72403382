#pragma once

/// Nothing to call: what is linked with this tells ThreadSanitizer of the locks it cannot see (mutex.c).
