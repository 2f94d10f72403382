#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# remote-test.sh CLASS_TRACKER_BINARY
#
# Tests records of several machines in one place, with systemd's own tools, on loopback: systemd-journal-upload sends the journal
# of this machine to systemd-journal-remote, which imports that of a second machine from an export; `class-tracker spikes
# --journal --directory` reads both. Runs itself with a journald of its own.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
[[ $# -eq 1 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY" >&2; exit 64; }
[[ -x $1 ]] || { echo "$0: no program: $1" >&2; exit 66; }
remote=/lib/systemd/systemd-journal-remote
upload=/lib/systemd/systemd-journal-upload
[[ -x $remote && -x $upload ]] || { echo "$0: systemd-journal-remote is not installed" >&2; exit 77; }
if [[ -z ${TRACKING_TEST_JOURNALD:-} ]]; then exec "$here/with-journald" "$0" "$@"; fi

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source "$here/checks.bash"
tracker=$(readlink -f "$1")
directory=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-remote.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset LOGS_DIRECTORY NOTIFY_SOCKET INVOCATION_ID
mkdir remote
port=19532

succeeds "a demo on this machine" "$tracker" demo --duration 6 --interval 0.3 --quiet --file demo.jsonl
journalctl --sync
here_name=$(journalctl -o json -n 1 SYSLOG_IDENTIFIER=class-tracker | jq -r ._HOSTNAME)

# This machine: by HTTP, as systemd-journal-upload.service does.
"$remote" --listen-http=$port --output=remote --split-mode=host 2>remote.log &
is_listening() { (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; }
wait_for 10 is_listening
"$upload" --url=http://127.0.0.1:$port --save-state=state 2>upload.log &
has_arrived() { journalctl -q --directory=remote SYSLOG_IDENTIFIER=class-tracker CLASS_TRACKER_RECORD=end -o cat | grep -q .; }
wait_for 20 has_arrived
equal "the records of this machine have arrived" \
    "$(journalctl -q --directory=remote SYSLOG_IDENTIFIER=class-tracker -o json | wc -l)" \
    "$(journalctl -q SYSLOG_IDENTIFIER=class-tracker -o json | wc -l)"

# Another machine: the same entries under another name and identity.
journalctl -o export SYSLOG_IDENTIFIER=class-tracker |
    sed -e 's/^_HOSTNAME=.*/_HOSTNAME=elsewhere/' -e 's/^_MACHINE_ID=.*/_MACHINE_ID=00112233445566778899aabbccddeeff/' \
        -e 's/^_BOOT_ID=.*/_BOOT_ID=ffeeddccbbaa99887766554433221100/' >elsewhere.export
succeeds "the export of another machine is taken" "$remote" --output=remote/remote-elsewhere.journal elsewhere.export

output=$("$tracker" spikes --journal --directory remote 2>errors)
echo "${output//$'\n'/$'\n'# }" | sed '1s/^/# /'
equal "no complaint" "$(cat errors)" ""
equal "the spikes of both, by machine" "$(awk '$1 == "elsewhere" || $1 == name { print $1 }' name="$here_name" <<<"$output" | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd' ')" \
    "$(printf '%s 1\n' elsewhere "$here_name" | sort | paste -sd' ')"
matches "how many there are" "$output" 'of 2 runs on 2 machines'
equal "by machine, for programs" "$("$tracker" spikes --json --journal --directory remote | jq -r .host | sort | paste -sd' ')" \
    "$(printf '%s\n' elsewhere "$here_name" | sort | paste -sd' ')"

summary
