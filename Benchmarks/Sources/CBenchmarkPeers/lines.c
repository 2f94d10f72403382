#include "CBenchmarkPeers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// Formatting by hand, as tight as C gets: a peer that used printf would make the comparison easy.

static const char *const keys[BP_LINE_INTEGERS] = {
    ",\"vm_size_bytes\":",  ",\"vm_peak_bytes\":",  ",\"vm_rss_bytes\":",   ",\"peak_rss_bytes\":",
    ",\"max_rss_bytes\":",  ",\"vm_hwm_bytes\":",   ",\"rss_anon_bytes\":", ",\"rss_file_bytes\":",
    ",\"rss_shmem_bytes\":", ",\"vm_data_bytes\":", ",\"vm_stk_bytes\":",   ",\"vm_exe_bytes\":",
    ",\"vm_lib_bytes\":",   ",\"vm_pte_bytes\":",   ",\"vm_swap_bytes\":",  ",\"threads\":",
};

static char *text(char *to, const char *from) {
    size_t length = strlen(from);
    memcpy(to, from, length);
    return to + length;
}

static char *decimal(char *to, int64_t value, int width) {
    char digits[24];
    int count = 0;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (value < 0) {
        *to++ = '-';
    }
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0 || count < width);
    while (count > 0) {
        *to++ = digits[--count];
    }
    return to;
}

static char *seconds(char *to, int64_t microseconds) {
    to = decimal(to, microseconds / 1000000, 1);
    *to++ = '.';
    return decimal(to, microseconds % 1000000, 6);
}

int bp_write_line(int descriptor, int64_t sequence, int64_t t_microseconds, int64_t unix_microseconds,
                  const int64_t *values) {
    static char line[4096];
    char *end = text(line, "{\"record\":\"sample\",\"seq\":");
    end = decimal(end, sequence, 1);
    end = text(end, ",\"t_seconds\":");
    end = seconds(end, t_microseconds);
    end = text(end, ",\"unix_seconds\":");
    end = seconds(end, unix_microseconds);
    for (int i = 0; i < BP_LINE_INTEGERS; i++) {
        end = text(end, keys[i]);
        end = decimal(end, values[i], 1);
    }
    end = text(end, "}\n");
    ssize_t length = end - line;
    return write(descriptor, line, (size_t)length) == length ? (int)length : -1;
}

int bp_write_bytes(int descriptor, const void *bytes, size_t length, int count) {
    for (int i = 0; i < count; i++) {
        if (write(descriptor, bytes, length) != (ssize_t)length) {
            return errno == 0 ? EIO : errno;
        }
    }
    return 0;
}
