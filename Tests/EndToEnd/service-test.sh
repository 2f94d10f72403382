#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# service-test.sh CLASS_TRACKER_BINARY
#
# Tests systemd/class-tracker-demo.service as an operator uses it: installed, started, read with journalctl and class-tracker, its
# journald restarted and killed, hung (watchdog), restarted and stopped; with it systemd/class-tracker-metrics.service. With an
# argument this boots a systemd (see `boot`) and runs itself in it.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

if [[ $here != /opt/e2e ]]; then
    [[ $# -eq 1 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY" >&2; exit 64; }
    [[ -x $1 ]] || { echo "$0: no program: $1" >&2; exit 66; }
    files=$(mktemp -d)
    trap 'rm -rf "$files"' EXIT
    cp "$here/checks.bash" "$here"/../../systemd/class-tracker-{demo,metrics}.service \
        "$here/../../systemd/class-tracker.catalog" "$here/../../Config/journald-class-tracker.conf" "$files"
    install -m 0755 "$1" "$files/class-tracker"
    code=0
    "$here/boot" "$files" "${BASH_SOURCE[0]}" || code=$?
    exit "$code"
fi

# --- Inside the booted systemd -----------------------------------------------------------------------

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source /opt/e2e/checks.bash
unit=class-tracker-demo.service
unit_file=/etc/systemd/system/$unit
log=/var/log/class-tracker-demo/class-tracker-demo.jsonl
MiB=1048576

show() { systemctl show -P "$1" "$unit"; }
# ours MATCH...: entries of the unit's present process
# The native entries only: what the process prints has its name as identifier too.
ours() { entries "_PID=$(show MainPID)" SYSLOG_IDENTIFIER=class-tracker _TRANSPORT=journal "$@"; }
at_least() { [[ $(ours "${@:2}" | count) -ge $1 ]]; }

# Install as a package would.
install -m 0755 /opt/e2e/class-tracker /usr/bin/class-tracker
install -m 0644 "/opt/e2e/$unit" "$unit_file"
install -m 0644 /opt/e2e/class-tracker.catalog /usr/lib/systemd/catalog/
install -D -m 0644 /opt/e2e/journald-class-tracker.conf /etc/systemd/journald.conf.d/50-class-tracker.conf
# The service cannot read a Swift runtime in a home directory (ProtectHome): move it to where it can.
hidden=$(ldd /usr/bin/class-tracker 2>/dev/null | awk '$3 ~ "^/(home|root)/" { print $3 }')
if [[ -n $hidden ]]; then
    echo "# the Swift runtime is in a home directory, copied to /usr/lib/class-tracker for this test"
    mkdir -p /usr/lib/class-tracker
    for library in $hidden; do install -m 0644 "$library" /usr/lib/class-tracker/; done
    echo /usr/lib/class-tracker >/etc/ld.so.conf.d/class-tracker.conf
    ldconfig
fi

succeeds "the catalog is accepted" journalctl --update-catalog
equal "the catalog has the eight record kinds" "$(journalctl --list-catalog | grep -c swift-class-tracker)" 8
systemctl daemon-reload

code=0
output=$(systemd-analyze verify --man=no "$unit_file" 2>&1) || code=$?
equal "systemd-analyze verify says nothing" "$code:$output" "0:"
exposure=$(systemd-analyze security --no-pager --offline=true "$unit_file" |
    sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p')
between "systemd-analyze security: exposure at most 0.3" "$exposure" 0 0.3

# The drop-in for journald: accepted, and its limit in force.
systemctl restart systemd-journald
journalctl --sync
output=$(journalctl -q -b --no-pager -o cat -u systemd-journald -g 'Unknown|Failed to parse|invalid' || true)
equal "journald takes Config/journald-class-tracker.conf without a word" "$output" ""
output=$(journalctl -q -b --no-pager -o cat -u systemd-journald -g 'System Journal' || true)
matches "its SystemMaxUse is in force" "$output" 'max 2\.0G'

# Start.
succeeds "systemctl start returns (READY=1 was sent)" systemctl start "$unit"
equal "the unit is active" "$(show ActiveState)/$(show SubState)" "active/running"
if [[ $(show ActiveState) != active ]]; then
    journalctl -q --no-pager -n 30 -u "$unit"
    summary  # nothing else could pass
fi
has_status() { [[ -n $(show StatusText) ]]; }
wait_for 5 has_status
matches "STATUS= is shown by systemctl" "$(show StatusText)" '.+'
pid=$(show MainPID)
invocation=$(show InvocationID)
equal "it runs as a dynamic user, not root" "$([[ $(stat -c %u "/proc/$pid") -ge 61184 ]] && echo yes)" yes

# Samples in the journal.
wait_for 20 at_least 5 CLASS_TRACKER_RECORD=sample
between "journalctl -u shows samples" \
    "$(entries -u class-tracker-demo | jq -c 'select(.CLASS_TRACKER_RECORD == "sample")' | count)" 5 1000
by_field=$(ours CLASS_TRACKER_RECORD=sample | field CLASS_TRACKER_SEQ | head -n 5 | paste -sd' ')
by_id=$(ours MESSAGE_ID=438e2a7dc70942c682e922ca59366a12 | field CLASS_TRACKER_SEQ | head -n 5 | paste -sd' ')
matches "samples are found by field" "$by_field" '^[0-9 ]+$'
equal "by MESSAGE_ID the same ones" "$by_id" "$by_field"
equal "the first entry is the header, once" "$(ours | field CLASS_TRACKER_RECORD | sed -n '1p;1d;/header/p' | paste -sd' ')" header
between "a sample's resident memory is plausible" \
    "$(ours CLASS_TRACKER_RECORD=sample | field CLASS_TRACKER_VM_RSS_BYTES | head -n 1)" $MiB $((1024 * MiB))
equal "samples have priority info" "$(ours CLASS_TRACKER_RECORD=sample | field PRIORITY | sort -u)" 6
equal "every entry names the run systemd knows" \
    "$(ours | jq -r '"\(.CLASS_TRACKER_PID) \(.CLASS_TRACKER_INVOCATION_ID) \(._SYSTEMD_INVOCATION_ID) \(._SYSTEMD_UNIT)"' | sort -u)" \
    "$pid $invocation $invocation $unit"
equal "no field is repeated, unprintable or cut" "$(ours | no_forgery)" ""
text=$(journalctl -q -x --no-pager -n 1 "_PID=$pid" CLASS_TRACKER_RECORD=sample)
matches "journalctl -x explains a sample" "$text" 'Subject: Memory sample of class-tracker'
matches "with the values of the entry" "$text" "resident now +[0-9]+ bytes"

# A spike between two samples.
wait_for 90 at_least 1 CLASS_TRACKER_RECORD=spike CLASS_TRACKER_STATE=ended CLASS_TRACKER_BETWEEN_SAMPLES=true
spike=$(ours CLASS_TRACKER_RECORD=spike CLASS_TRACKER_STATE=ended CLASS_TRACKER_BETWEEN_SAMPLES=true | head -n 1)
matches "a spike between two samples is found" "$(jq -r .MESSAGE <<<"$spike")" '.+'
equal "it was transient" "$(field CLASS_TRACKER_OUTCOME <<<"$spike")" transient
between "its excess is about 256 MiB" "$(field CLASS_TRACKER_EXCESS_BYTES <<<"$spike")" $((243 * MiB)) $((270 * MiB))
equal "it has priority warning and its MESSAGE_ID" "$(jq -r '"\(.PRIORITY) \(.MESSAGE_ID)"' <<<"$spike")" \
    "4 d9c3defa23614ba8a47a2a43a606fbc5"
matches "journalctl -x says what to do about it" \
    "$(journalctl -q -x --no-pager -n 1 "_PID=$pid" CLASS_TRACKER_RECORD=spike)" 'What to do:'

# The command line reads the journal and the file.
code=0
output=$(class-tracker spikes --journal --unit class-tracker-demo 2>&1) || code=$?
matches "class-tracker spikes --journal --unit shows it" "$code $output" '^0 .*25[0-9]|^0 .*26[0-9]'
output=$(class-tracker spikes --journal --unit class-tracker-demo --json)
equal "with --json: spike records" "$(jq -r .record <<<"$output" | sort -u)" spike
output=$(class-tracker tail --journal --unit class-tracker-demo --no-follow --lines 200 --json)
between "class-tracker tail --journal --unit --no-follow --lines 200 --json shows samples" \
    "$(jq -c 'select(.record == "sample")' <<<"$output" | count)" 3 1000
equal "the log directory is private to the service" "$(readlink /var/log/class-tracker-demo) $(stat -c %a /var/log/private)" \
    "private/class-tracker-demo 700"
output=$(class-tracker spikes --json "$log")
equal "class-tracker spikes reads the rolling file" "$(jq -r .record <<<"$output" | sort -u)" spike
equal "the file begins with a header" "$(head -n 1 "$log" | jq -r .record)" header

# Its metrics for node_exporter, by another service, which reads the journal as a user of its own.
metrics=class-tracker-metrics.service
prom=/var/lib/prometheus/node-exporter/class_tracker.prom
install -m 0644 "/opt/e2e/$metrics" "/etc/systemd/system/$metrics"
install -d -m 0755 /var/lib/prometheus /var/lib/prometheus/node-exporter
systemctl daemon-reload
code=0
output=$(systemd-analyze verify --man=no "/etc/systemd/system/$metrics" 2>&1) || code=$?
equal "metrics: systemd-analyze verify says nothing" "$code:$output" "0:"
succeeds "metrics: systemd-analyze security: exposure at most 0.2" \
    systemd-analyze security --no-pager --offline=true --threshold=2 "/etc/systemd/system/$metrics"
succeeds "metrics: systemctl start returns (READY=1 was sent)" systemctl start "$metrics"
metrics_pid=$(systemctl show -P MainPID "$metrics")
equal "metrics: it runs as a dynamic user" "$([[ $(stat -c %u "/proc/$metrics_pid") -ge 61184 ]] && echo yes)" yes
# As any user: the user of node_exporter is no member of its groups.
as_anybody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
has_resident() { as_anybody grep -q "^class_tracker_resident_memory_bytes{program=\"class-tracker\",unit=\"$unit\"} " $prom; }
wait_for 15 has_resident
series=$(as_anybody cat $prom)
matches "metrics: the demo's, by unit" "$series" "class_tracker_resident_memory_bytes\{program=\"class-tracker\",unit=\"$unit\"\} [0-9]+"
equal "metrics: its spike" "$(sed -n 's/^class_tracker_spike_excess_bytes{.*} //p' <<<"$series")" \
    "$(class-tracker spikes --json --journal --unit class-tracker-demo | jq -s '.[-1].excess_bytes')"
if command -v prometheus-node-exporter >/dev/null && command -v curl >/dev/null; then
    # Debian's unit, unchanged.
    succeeds "metrics: prometheus-node-exporter starts" systemctl start prometheus-node-exporter
    served() { curl -sf http://127.0.0.1:9100/metrics | grep -E '^(class_tracker_|node_textfile_)'; }
    has_served() { served | grep -q ^class_tracker_; }
    wait_for 15 has_served
    output=$(served)
    grep -E 'resident|excess|total|mtime|class_bytes' <<<"$output" | sed 's/^/# /'
    equal "metrics: it serves all of them" "$(grep -c ^class_tracker_ <<<"$output")" "$(grep -c ^class_tracker_ $prom)"
    matches "metrics: and nothing is wrong with them" "$output" 'node_textfile_scrape_error 0'
else
    echo "# not tried, because prometheus-node-exporter or curl is not installed: what it serves"
fi
matches "metrics: STATUS= is shown by systemctl" "$(systemctl show -P StatusText "$metrics")" 'metrics of 1 process'

# journald restarted, then killed: the service notices nothing, the samples go on.
for how in "restart systemd-journald" "kill --signal=KILL systemd-journald"; do
    last=$(ours | field CLASS_TRACKER_SEQ | tail -n 1)
    # shellcheck disable=SC2086  # words on purpose
    systemctl $how
    beyond() { [[ $(ours | field CLASS_TRACKER_SEQ | tail -n 1) -gt $((last + 3)) ]]; }
    wait_for 20 beyond
    between "systemctl $how: entries go on" "$(ours | field CLASS_TRACKER_SEQ | tail -n 1)" $((last + 4)) 100000
    equal "the same process sends them" "$(show MainPID)" "$pid"
done
# A killed journald loses the entries that it had received and not written; the sender cannot know.
between "CLASS_TRACKER_SEQ is dense (entries missing, at most 2 by the kill)" "$(ours | field CLASS_TRACKER_SEQ | numbers_missing)" 0 2
equal "the rolling file is dense" "$(record_seqs "$log" | numbers_missing)" 0

# Restart: the run ends in good order.
succeeds "systemctl restart" systemctl restart "$unit"
# (an ongoing spike is closed before the end, and the last sample is followed by the last snapshot with its records)
in_good_order='sample( spike)?( snapshot| class| object| trace)* end$'
matches "the run before ended with a sample and an end record, in the journal" \
    "$(entries "_PID=$pid" | field CLASS_TRACKER_RECORD | paste -sd' ')" "$in_good_order"
matches "and in the file" "$(jq -r .record "$log" | sed '/^end$/q' | paste -sd' ')" "$in_good_order"
equal "the unit is active again" "$(show ActiveState)" active

# Watchdog: a process that stands still is ended and started again.
mkdir -p "/run/systemd/system/$unit.d"
printf '[Service]\nWatchdogSec=4s\n' >"/run/systemd/system/$unit.d/e2e.conf"
systemctl daemon-reload
systemctl restart "$unit"
sleep 6
equal "with WatchdogSec=4s it lives longer than that" "$(show NRestarts) $(show ActiveState)" "0 active"
pid=$(show MainPID)
begin=$SECONDS
systemctl kill --kill-whom=main --signal=STOP "$unit"
restarted() { [[ $(show NRestarts) -ge 1 && $(show ActiveState) == active ]]; }
wait_for 30 restarted
equal "SIGSTOP: the watchdog fires and the service is restarted" "$(show NRestarts) $(show ActiveState)" "1 active"
between "within seconds" $((SECONDS - begin)) 0 12
matches "systemd says why" "$(entries -u "$unit" _PID=1 | field MESSAGE | grep -i watchdog || true)" 'Watchdog timeout[^!]*'
equal "it is another process" "$([[ $(show MainPID) != "$pid" ]] && echo yes)" yes
wait_for 10 at_least 3 CLASS_TRACKER_RECORD=sample
between "which sends samples" "$(ours CLASS_TRACKER_RECORD=sample | count)" 3 100
succeeds "and every file line is whole" jq -e .record "$log"

# The metrics continued all the time: the same process has found the new journal files and the new process.
equal "metrics: the same process runs" "$(systemctl show -P MainPID,NRestarts "$metrics" | paste -sd' ')" "$metrics_pid 0"
sample_age() { echo $(($(date +%s) - $(sed -n 's/^class_tracker_last_sample_timestamp_seconds{.*} \([0-9]*\).*/\1/p' $prom))); }
is_fresh() { [[ $(sample_age) -le 10 ]]; }
wait_for 15 is_fresh
between "metrics: the latest sample is so many seconds old" "$(sample_age)" -1 10

# Stop.
pid=$(show MainPID)
begin=$SECONDS
succeeds "systemctl stop" systemctl stop "$unit"
between "takes no longer than 3 s" $((SECONDS - begin)) 0 3
equal "SIGTERM: a success" "$(show Result) $(show ActiveState) $(show ExecMainStatus)" "success inactive 0"
matches "the last sample and the end record are in the journal" \
    "$(entries "_PID=$pid" SYSLOG_IDENTIFIER=class-tracker | field CLASS_TRACKER_RECORD | paste -sd' ')" "$in_good_order"
matches "and in the file" "$(jq -r .record "$log" | paste -sd' ')" "$in_good_order"
has_ended() { ! grep -q ^class_tracker_ $prom; }
wait_for 15 has_ended
equal "metrics: what has ended has no series" "$(grep -c ^class_tracker_ $prom)" 0
succeeds "metrics: systemctl stop" systemctl stop "$metrics"
equal "metrics: nothing is left" "$(systemctl show -P Result "$metrics") $(ls -A /var/lib/prometheus/node-exporter) $(ls /run/class-tracker-metrics 2>&1 | grep -c 'No such')" "success  1"
equal "the journal of this run is dense" "$(entries "_PID=$pid" SYSLOG_IDENTIFIER=class-tracker | field CLASS_TRACKER_SEQ | numbers_missing)" 0
equal "nothing crashed or was refused (stderr of all runs)" \
    "$(entries -u "$unit" _TRANSPORT=stdout | field MESSAGE | grep -v 'Failed to set thread priority' | sort -u | head -n 5)" ""

summary
