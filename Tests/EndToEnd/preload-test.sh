#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# preload-test.sh CLASS_TRACKER_BINARY FOREIGN_SERVER
#
# Tests a unit that runs a server of another project (Hummingbird's own PerformanceTest, on the port SERVER_PORT) with
# systemd/class-tracker-agent.conf as a drop-in, as an operator installs it: samples, its classes by name, and a spike with the
# class that caused it. The unit is hardened as far as a server can be, with all features of the agent; further settings, which
# cannot be set or change the features, are tried one by one (a table in PreloadingTheAgent.md). With arguments this boots a
# systemd (see `boot`) and runs itself in it. The libraries are in the directory of the binary.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

if [[ $here != /opt/e2e ]]; then
    [[ $# -eq 2 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY FOREIGN_SERVER" >&2; exit 64; }
    for program in "$@"; do [[ -x $program ]] || { echo "$0: no program: $program" >&2; exit 66; }; done
    command -v wrk >/dev/null || { echo "$0: wrk is not installed" >&2; exit 77; }
    files=$(mktemp -d)
    trap 'rm -rf "$files"' EXIT
    cp "$here/checks.bash" "$here/../../systemd/class-tracker-agent.conf" "$here/../../systemd/class-tracker.catalog" "$files"
    install -m 0755 "$1" "$files/class-tracker"
    install -m 0755 "$2" "$files/server"
    install -m 0755 "$(dirname "$1")"/libClassTrackerAgent{,Core}.so "$files"
    code=0
    "$here/boot" "$files" "${BASH_SOURCE[0]}" || code=$?
    exit "$code"
fi

# --- Inside the booted systemd -----------------------------------------------------------------------

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source /opt/e2e/checks.bash
unit=hello.service
drop_in=/etc/systemd/system/$unit.d
log=/var/log/class-tracker/hello/memory.jsonl
MiB=1048576

show() { systemctl show -P "$1" "$unit"; }
ours() { entries "_PID=$(show MainPID)" SYSLOG_IDENTIFIER=class-tracker _TRANSPORT=journal "$@"; }
at_least() { [[ $(ours "${@:2}" | count) -ge $1 ]]; }
answers() { exec 3<>/dev/tcp/127.0.0.1/8080 && exec 3>&-; }

# A service without the tracker.
install -m 0755 /opt/e2e/class-tracker /usr/bin/class-tracker
install -m 0755 /opt/e2e/server /usr/local/bin/hello
hidden=$(ldd /usr/local/bin/hello 2>/dev/null | awk '$3 ~ "^/(home|root)/" { print $3 }')
if [[ -n $hidden ]]; then
    echo "# the Swift runtime is in a home directory, copied to /usr/local/lib for this test"
    for library in $hidden; do install -m 0644 "$library" /usr/local/lib/; done
    ldconfig
fi
cat >"/etc/systemd/system/$unit" <<'UNIT'
[Unit]
Description=A server that says hello
[Service]
ExecStartPre=/bin/sh -c 'echo before: $LD_PRELOAD'
ExecStart=/usr/local/bin/hello
Environment=SERVER_PORT=8080
StandardOutput=null
LimitNOFILE=20000
MemoryMax=1G
DynamicUser=yes
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
PrivateUsers=yes
KeyringMode=private
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateMounts=yes
RemoveIPC=yes
PrivateIPC=yes
ProtectProc=invisible
ProcSubset=pid
PrivateDevices=yes
DevicePolicy=closed
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
IPAddressDeny=any
IPAddressAllow=localhost
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UNIT
ulimit -n 20000
systemctl daemon-reload
succeeds "the service starts" systemctl start "$unit"
wait_for 20 answers
succeeds "it answers" answers
equal "and has no agent" "$(grep -c libClassTracker "/proc/$(show MainPID)/maps")" 0

exposure() {
    systemd-analyze security --no-pager --offline=true "/etc/systemd/system/$unit" |
        sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p'
}
bare=$(exposure)

# As systemd/class-tracker-agent.conf says.
install -D -m 0755 -t /usr/lib/class-tracker /opt/e2e/libClassTrackerAgent.so /opt/e2e/libClassTrackerAgentCore.so
install -D -m 0644 /opt/e2e/class-tracker-agent.conf "$drop_in/50-class-tracker.conf"
cat >"$drop_in/60-classes.conf" <<'UNIT'
[Service]
Environment="CLASS_TRACKER_TRACK=Hummingbird*.*, NIOCore.*, NIOPosix.*, NIOPosix.SocketChannel trace"
Environment=CLASS_TRACKER_SPIKE_SETTLE_SAMPLES=10 CLASS_TRACKER_INTERVAL=500ms
UNIT
systemctl daemon-reload
code=0
output=$(systemd-analyze verify --man=no "/etc/systemd/system/$unit" 2>&1) || code=$?
equal "systemd-analyze verify says nothing" "$code:$output" "0:"
# A server's network accounts for 0.7 of it.
succeeds "systemd-analyze security: exposure at most 0.9" \
    systemd-analyze security --no-pager --offline=true --threshold=9 "/etc/systemd/system/$unit"
equal "it is the unit's own, without the drop-in" "$(exposure)" "$bare"
succeeds "the service starts with the drop-in" systemctl restart "$unit"
wait_for 20 answers
succeeds "it answers as before" answers
if [[ $(show ActiveState) != active ]]; then
    journalctl -q --no-pager -n 30 -u "$unit"
    summary  # nothing else could pass
fi
pid=$(show MainPID)
matches "the agent is in it" "$(grep -o 'libClassTracker[A-Za-z]*.so' "/proc/$pid/maps" | sort -u | paste -sd' ')" \
    'libClassTrackerAgent.so libClassTrackerAgentCore.so'
equal "it is a dynamic user's" "$([[ $(stat -c %u "/proc/$pid") -ge 61184 ]] && echo yes)" yes

# Samples and classes, in the journal by unit and field, and in the file.
wait_for 30 at_least 2 CLASS_TRACKER_RECORD=sample
between "journalctl -u shows samples" \
    "$(entries -u hello CLASS_TRACKER_RECORD=sample | count)" 2 1000
equal "they are the unit's" "$(ours CLASS_TRACKER_RECORD=sample | jq -r ._SYSTEMD_UNIT | sort -u)" "$unit"
wrk -c 20 -t 1 -d 3 http://127.0.0.1:8080/ >/dev/null
has_classes() { [[ $(ours CLASS_TRACKER_RECORD=class CLASS_TRACKER_NAME=Hummingbird.Router | count) -gt 0 ]]; }
wait_for 20 has_classes
router=$(ours CLASS_TRACKER_RECORD=class CLASS_TRACKER_NAME=Hummingbird.Router | tail -n 1)
matches "a class of the server, by name" "$(jq -r .MESSAGE <<<"$router")" '^class Hummingbird.Router: 1 active, [0-9]+ B'
equal "the file is private to the service" "$(stat -c %a /var/log/private) $(head -n 1 "$log" | jq -r .program)" "700 hello"

equal "the limit of the unit, if its control group has one here" "$(head -n 1 "$log" | jq .memory_limit_bytes)" \
    "$(cat "/sys/fs/cgroup$(show ControlGroup)/memory.max" 2>/dev/null || echo null)"
equal "peaks between samples are seen" "$(jq -s 'any(.record == "sample" and .peak_rss_bytes > .vm_rss_bytes)' "$log")" true

# 300 uploads that their handler does not read yet: the server holds a part of each. Which class caused the rise?
printf 'wrk.method = "GET"\nwrk.path = "/wait"\nwrk.body = string.rep("x", 200000)\n' >/run/upload.lua
wrk -c 300 -t 2 -d 8 --timeout 20 -s /run/upload.lua http://127.0.0.1:8080/ >/dev/null &
uploads=$!
wait_for 40 at_least 1 CLASS_TRACKER_RECORD=spike
# The first record of the spike may precede some uploads: the record of its end has the peak.
wait $uploads
wait_for 60 at_least 1 CLASS_TRACKER_RECORD=spike CLASS_TRACKER_STATE=ended
spike=$(ours CLASS_TRACKER_RECORD=spike CLASS_TRACKER_STATE=ended | head -n 1)
echo "# $(jq -r .MESSAGE <<<"$spike")"
matches "a spike is told, and the class that it consists of" "$(jq -r .MESSAGE <<<"$spike")" \
    'memory spike 1.*; (about )?\+[0-9.]+ MiB in NIOCore\.ByteBuffer\._Storage \([0-9,]+ instances\)'
between "its height" "$(field CLASS_TRACKER_EXCESS_BYTES <<<"$spike")" $((32 * MiB)) $((400 * MiB))
equal "priority" "$(field PRIORITY <<<"$spike")" 4
# [name, bytes, instances, …] of each class, the most bytes first
grown=$(field CLASS_TRACKER_GROWN <<<"$spike")
equal "the first of those that grew" "$(jq -r '.[0][0]' <<<"$grown")" NIOCore.ByteBuffer._Storage
between "its bytes, in percent of what all tracked classes grew by" \
    "$(jq '100 * .[0][1] / (map(.[1] // 0 | select(. > 0)) | add) | floor' <<<"$grown")" 80 100
between "in percent of the spike" \
    "$(jq --argjson excess "$(field CLASS_TRACKER_EXCESS_BYTES <<<"$spike")" '100 * .[0][1] / $excess | floor' <<<"$grown")" 50 110
between "its instances" "$(jq '.[0][2]' <<<"$grown")" 300 10000
between "bytes of an instance" "$(jq '.[0] | .[1] / .[2] | floor' <<<"$grown")" 4096 262144

# 2000 waiting connections.
wrk -c 2000 -t 2 -d 6 --timeout 20 http://127.0.0.1:8080/wait >/dev/null &
channels() { [[ $(jq -s 'map(select(.record == "class" and .name == "NIOPosix.SocketChannel") | .active) | max' "$log") -ge 2000 ]]; }
wait_for 20 channels
between "connections at the same time, as the file has them" \
    "$(jq -s 'map(select(.record == "class" and .name == "NIOPosix.SocketChannel") | .active) | max' "$log")" 2000 2400
wait
output=$(class-tracker spikes --journal --unit hello 2>&1)
matches "class-tracker spikes --journal --unit" "$output" '[0-9.]+ MiB'
output=$(class-tracker report --class SocketChannel --limit 1 "$log")
matches "class-tracker report: the class" "$output" 'NIOPosix.SocketChannel +[0-9]+ +[0-9.]+ [KM]iB'
matches "class-tracker report: what creates it" "$output" 'in hello|ServerSocketChannel'
output=$(class-tracker report --summary --class SocketChannel --snapshots 3 "$log")
sed 's/^/# /' <<<"$(grep -v "^$" <<<"$output" | head -n 24)"

# Restart and stop are the service's own.
succeeds "systemctl restart" systemctl restart "$unit"
wait_for 20 answers
equal "another process" "$([[ $(show MainPID) != "$pid" ]] && echo yes)" yes
wait_for 20 at_least 1 CLASS_TRACKER_RECORD=sample
begin=$SECONDS
succeeds "systemctl stop" systemctl stop "$unit"
between "takes no longer than 3 s" $((SECONDS - begin)) 0 3
equal "it is stopped as before" "$(show Result) $(show ActiveState)" "success inactive"
equal "the end is in the file" "$(tail -n 1 "$log" | jq -r .record)" end

# The agent stays out of the shell that ExecStartPre= starts, and says so once for each start.
equal "the shell before it is left alone" \
    "$(entries -u "$unit" SYSLOG_IDENTIFIER=class-tracker CLASS_TRACKER_COMPONENT=agent | jq -r .MESSAGE | grep -c 'it is no Swift program')" 2

# Checks the effect of one more option. Everything else continues, and so does the service.
# works: the features found in the journal and the file, after enough time for all of them.
works() {
    local pid=$1 found=()
    grep -q libClassTrackerAgentCore "/proc/$pid/maps" && found+=(agent)
    [[ $(entries "_PID=$pid" _TRANSPORT=journal CLASS_TRACKER_RECORD=sample | count) -gt 0 ]] && found+=(journal)
    if [[ $(head -n 1 "$log" 2>/dev/null | jq .pid) == "$pid" ]]; then
        found+=(file)
        [[ $(jq -s 'any(.record == "sample" and .peak_rss_bytes != null)' "$log") == true ]] && found+=(peaks)
        [[ $(jq -s 'any(.record == "class" and .name == "NIOPosix.SocketChannel" and .created > 0)' "$log") == true ]] && found+=(classes)
    fi
    echo "${found[*]}"
}
# variant WHAT EXPECTED SETTING...: the unit with these settings
variant() {
    local what=$1 expected=$2 pid
    shift 2
    systemctl stop "$unit"
    { echo "[Service]"; printf '%s\n' "$@"; } >"$drop_in/70-variant.conf"
    rm -f "$log"
    systemctl daemon-reload
    if ! systemctl start "$unit" || ! wait_for 20 answers; then
        fail "$what" "the service does not start: $(journalctl -q --no-pager -o cat -n 8 -u "$unit" | paste -sd';')"
        return
    fi
    pid=$(show MainPID)
    wrk -c 10 -t 1 -d 1 http://127.0.0.1:8080/ >/dev/null
    as_expected() { [[ $(works "$pid") == "$expected" ]]; }
    wait_for 20 as_expected
    equal "$what" "$(works "$pid")" "$expected"
    equal "  and the service answers" "$(answers && show ActiveState)" active
}
variant "nothing more" "agent journal file peaks classes" Nice=0
variant "without AF_UNIX" "agent file peaks classes" RestrictAddressFamilies= "RestrictAddressFamilies=AF_INET AF_INET6"
variant "the journal's directory hidden" "agent file peaks classes" InaccessiblePaths=/run/systemd/journal
variant "the libraries' directory not executable" "" NoExecPaths=/usr/lib/class-tracker
variant "the log directory not writable" "agent journal" LogsDirectory= ReadOnlyPaths=/var/log
chmod 0711 /usr/local/bin/hello
variant "a program that its user may not read" "agent journal file classes" Nice=0
chmod 0755 /usr/local/bin/hello
variant "without memfd_create" "agent journal file peaks classes" SystemCallFilter=~memfd_create
variant "without system calls for communication" "agent journal file peaks classes" SystemCallFilter=~@ipc
runtime=$(dirname "$(ldd /usr/local/bin/hello | awk '$1 == "libswiftCore.so" { print $3 }')")
mkdir -p /srv/hello
for directory in /bin /lib /lib64; do ln -sfn "usr$directory" "/srv/hello$directory"; done
variant "a root directory of its own, to which libraries and sockets are bound" "agent journal file peaks classes" \
    RootDirectory=/srv/hello MountAPIVFS=yes \
    "BindReadOnlyPaths=/usr $runtime /etc/ld.so.cache /run/systemd/journal"

# Remove the options.
rm -r "$drop_in"
systemctl daemon-reload
succeeds "without the drop-in it starts as before" systemctl restart "$unit"
wait_for 20 answers
equal "without the agent" "$(grep -c libClassTracker "/proc/$(show MainPID)/maps")" 0

summary
