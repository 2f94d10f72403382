#define _GNU_SOURCE
#include "class_tracker_agent.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int main_function(int, char **, char **);
typedef int start_function(
    main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

extern char **environ;

static main_function *host_main;
static int is_wanted;
static char own_path[PATH_MAX];

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static const char *program(void) {
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/thread-self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return base_name(path);
}

static void __attribute__((format(printf, 1, 2))) stay_out(const char *format, ...) {
    // Space for a path and the message.
    char reason[PATH_MAX + 512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    ct_agent_tell(program(), reason);
}

// MARK: The host's libraries

typedef struct {
    const char *name;
    char path[PATH_MAX];
} library;

static int find_library(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    library *wanted = context;
    if (strcmp(base_name(info->dlpi_name), wanted->name) != 0) {
        return 0;
    }
    (void)snprintf(wanted->path, sizeof wanted->path, "%s", info->dlpi_name);
    return 1;
}

static int is_loaded(const char *name, library *found) {
    found->name = name;
    return dl_iterate_phdr(find_library, found);
}

/// Loads the libraries that the core needs from the directory of the host's runtime, unless the host has them: the core
/// may have been built on another machine.
static void load_beside_runtime(const char *runtime) {
    static const char *const names[] = {
        "libBlocksRuntime.so", "libdispatch.so", "libswift_Concurrency.so", "libswiftGlibc.so", "libswiftDispatch.so",
        "libswift_StringProcessing.so", "libswiftSynchronization.so",
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
        library loaded;
        char path[PATH_MAX];
        if (is_loaded(names[index], &loaded)) {
            continue;
        }
        int length = snprintf(path, sizeof path, "%.*s%s", (int)(base_name(runtime) - runtime), runtime, names[index]);
        if (length > 0 && (size_t)length < sizeof path) {
            // A missing library may be found by the core's own path.
            (void)dlopen(path, RTLD_LAZY | RTLD_LOCAL);
        }
    }
}

static void start_tracker(void) {
    library runtime;
    if (!is_loaded("libswiftCore.so", &runtime)) {
        // A user who lets all started programs inherit the agent expects that some are not Swift.
        if (getenv("CLASS_TRACKER_FOLLOW") == NULL) {
            stay_out("it has no libswiftCore.so: it is no Swift program, or has the runtime linked into it");
        }
        return;
    }
    char core[PATH_MAX];
    int length = snprintf(
        core, sizeof core, "%.*slibClassTrackerAgentCore.so", (int)(base_name(own_path) - own_path), own_path);
    if (length < 0 || (size_t)length >= sizeof core) {
        return;
    }
    char built[41], present[41];
    if (ct_agent_compiler(core, built) && ct_agent_compiler(runtime.path, present) && strcmp(built, present) != 0) {
        stay_out("its Swift runtime (%s) is of another version than the one the agent was built with; build the agent "
                 "with the toolchain of the program", runtime.path);
        return;
    }
    load_beside_runtime(runtime.path);
    void *handle = dlopen(core, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        stay_out("%s", dlerror());
        return;
    }
    class_tracker_agent_start_function *start =
        (class_tracker_agent_start_function *)dlsym(handle, "class_tracker_agent_start");
    if (start == NULL) {
        stay_out("%s", dlerror());
        return;
    }
    // On failure, the tracker itself reports the reason.
    (void)start();
}

// MARK: The host's beginning

static int run_main(int count, char **arguments, char **environment) {
    int error = errno;
    start_tracker();
    errno = error;
    return host_main(count, arguments, environment);
}

/// Replaces libc's function. When `main` is called, all libraries and the program are initialized, and no code of the
/// host has run except initializers.
int __libc_start_main(
    main_function *main, int count, char **arguments, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
    void *stack_end) {
    start_function *start = (start_function *)dlsym(RTLD_NEXT, "__libc_start_main");
    host_main = main;
    return start(is_wanted ? run_main : main, count, arguments, init, fini, rtld_fini, stack_end);
}

__attribute__((constructor)) static void decide(void) {
    Dl_info own;
    const char *wanted = getenv("CLASS_TRACKER_EXE");
    if (wanted != NULL && *wanted != 0 && strcmp(wanted, program()) != 0) {
        // The agent is meant for a program that this one starts.
        return;
    }
    if (dladdr((void *)decide, &own) == 0 || own.dli_fname == NULL) {
        return;
    }
    (void)snprintf(own_path, sizeof own_path, "%s", own.dli_fname);
    if (getenv("CLASS_TRACKER_FOLLOW") == NULL) {
        ct_agent_leave_preload(environ, base_name(own_path));
    }
    is_wanted = 1;
}
