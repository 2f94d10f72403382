#define _GNU_SOURCE
#include "class_tracker_agent.h"
#include "descriptors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST_TEXT = 1000, MOST_FIELDS = 4096 };

/// Indicates whether a byte continues a character that began before it.
static int is_inside(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

/// Copies a text as one line, and omits its middle if it is too long: the beginning names the subject, the end what to
/// do.
static void fit(const char *text, char *line, size_t size) {
    static const char mark[] = "\xE2\x80\xA6";
    size_t length = strlen(text), room = size - sizeof mark;
    if (length < size) {
        memcpy(line, text, length + 1);
    } else {
        size_t head = room / 2;
        const char *tail = text + length - (room - head);
        while (head > 0 && is_inside(text[head])) {
            head--;
        }
        while (is_inside(*tail)) {
            tail++;
        }
        (void)snprintf(line, size, "%.*s%s%s", (int)head, text, mark, tail);
    }
    for (char *place = line; *place != 0; place++) {
        if ((unsigned char)*place < ' ' || *place == 0x7F) {
            *place = ' ';
        }
    }
}

void ct_agent_tell(const char *program, const char *text) {
    char name[256], message[MOST_TEXT], fields[MOST_FIELDS];
    fit(program, name, sizeof name);
    fit(text, message, sizeof message);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const char *invocation = getenv("INVOCATION_ID");
    int has_invocation = invocation != NULL && strlen(invocation) == 32
        && strspn(invocation, "0123456789abcdefABCDEF") == 32;
    // systemd's native protocol: one field a line. With the fields of the tracker's own notices, so that it is read as
    // one. Its stream never began, so its time is 0.
    int length = snprintf(
        fields, sizeof fields,
        "MESSAGE=agent: %s runs without memory tracking: %s\nMESSAGE_ID=912847956d074e6680e41e2815295a53\nPRIORITY=4\n"
        "SYSLOG_IDENTIFIER=class-tracker\nCLASS_TRACKER_RECORD=notice\nCLASS_TRACKER_PROGRAM=%s\nCLASS_TRACKER_PID=%d\n"
        "%s%s%sCLASS_TRACKER_T_SECONDS=0.000000\nCLASS_TRACKER_UNIX_SECONDS=%lld.%06ld\nCLASS_TRACKER_SEVERITY=warning\n"
        "CLASS_TRACKER_COMPONENT=agent\nCLASS_TRACKER_MESSAGE=%s runs without memory tracking: %s\n",
        name, message, name, (int)getpid(), has_invocation ? "CLASS_TRACKER_INVOCATION_ID=" : "",
        has_invocation ? invocation : "", has_invocation ? "\n" : "", (long long)now.tv_sec, now.tv_nsec / 1000, name,
        message);
    if (length < 0 || (size_t)length >= sizeof fields) {
        return;
    }
    ct_descriptor journal;
    if (ct_descriptor_socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, CT_BRIEF, &journal) != 0) {
        return;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    (void)ct_descriptor_send_to(journal, fields, (size_t)length, &address, sizeof address);
    ct_descriptor_close(journal);
}
