#ifndef CTRACKING_SYSTEMD_SHIM_H
#define CTRACKING_SYSTEMD_SHIM_H

#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
// sd_journal_print and its relatives are macros that add the caller's file and line, which are those of the C code and
// useless in Swift.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#endif
