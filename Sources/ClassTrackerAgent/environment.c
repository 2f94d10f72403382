#include "class_tracker_agent.h"

#include <string.h>

static int is_named(const char *entry, size_t length, const char *library) {
    const char *name = entry;
    for (size_t index = 0; index < length; index++) {
        if (entry[index] == '/') {
            name = entry + index + 1;
        }
    }
    size_t rest = length - (size_t)(name - entry);
    return rest == strlen(library) && memcmp(name, library, rest) == 0;
}

// Changed in place: setenv would allocate from the host's malloc, which may not be ready yet.
void ct_agent_leave_preload(char **environment, const char *library) {
    static const char variable[] = "LD_PRELOAD=";
    for (char **place = environment; place != NULL && *place != NULL; place++) {
        if (strncmp(*place, variable, sizeof variable - 1) != 0) {
            continue;
        }
        char *first = *place + sizeof variable - 1, *to = first;
        for (const char *from = first; *from != 0;) {
            // Separated by colons or spaces (ld.so(8)).
            size_t length = strcspn(from, ": ");
            if (length > 0 && !is_named(from, length, library)) {
                if (to != first) {
                    *to++ = ':';
                }
                memmove(to, from, length);
                to += length;
            }
            from += length;
            from += *from != 0;
        }
        *to = 0;
        if (to == first) {
            for (char **next = place; *next != NULL; next++) {
                next[0] = next[1];
            }
        }
        return;
    }
}
