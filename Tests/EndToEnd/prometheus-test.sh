#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# prometheus-test.sh CLASS_TRACKER_BINARY
#
# Tests the way from a service to an alert with Debian's packages, on loopback: the demo records a spike, `class-tracker metrics`
# writes it, prometheus-node-exporter serves it, prometheus scrapes it and fires the alert of
# Config/prometheus-class-tracker.rules.yml; the metrics of Config/grafana-class-tracker.json exist. Runs itself with a journald
# of its own.

set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
[[ $# -eq 1 ]] || { echo "usage: $0 CLASS_TRACKER_BINARY" >&2; exit 64; }
[[ -x $1 ]] || { echo "$0: no program: $1" >&2; exit 66; }
for program in prometheus promtool prometheus-node-exporter curl jq; do
    command -v "$program" >/dev/null || { echo "$0: $program is not installed" >&2; exit 77; }
done
if [[ -z ${TRACKING_TEST_JOURNALD:-} ]]; then exec "$here/with-journald" "$0" "$@"; fi

set +e  # what fails is a failed check, and the ones after it still tell something
# shellcheck source=checks.bash
source "$here/checks.bash"
tracker=$(readlink -f "$1")
config=$(readlink -f "$here/../../Config")
rules=$config/prometheus-class-tracker.rules.yml
dashboard=$config/grafana-class-tracker.json
directory=$(mktemp -d "${TMPDIR:-/tmp}/class-tracker-prometheus.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
export LC_ALL=C
unset LOGS_DIRECTORY NOTIFY_SOCKET INVOCATION_ID
mkdir textfile metrics

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 12000))
        if ! is_open $port; then echo $port; return; fi
    done
}
exporter=127.0.0.1:$(free_port)
server=127.0.0.1:$(free_port)
# query PROMQL: the result, a list
query() { curl -sG --data-urlencode "query=$1" "http://$server/api/v1/query" | jq -c '.data.result // .error'; }
# value PROMQL: the value of the only series
value() { query "$1" | jq -r 'if length == 1 then .[0].value[1] else "\(length) series" end'; }
# latest KEY: of the latest spike in the file
latest() { "$tracker" spikes --json demo.jsonl | tail -n 1 | jq ".$1"; }
alerts() { curl -s "http://$server/api/v1/alerts" | jq -c '.data.alerts[] | select(.state == "firing")'; }
# names: the tracker's metrics in a text, each once
names() { grep -oE 'class_tracker_[a-z_]+' | sort -u; }

# The files of the package.
succeeds "promtool check rules" promtool check rules "$rules"
succeeds "promtool test rules" promtool test rules "$here/prometheus-rules.test.yml"
equal "every alert has a test" \
    "$(grep -oE 'alertname[:=] ?"?ClassTracker[A-Za-z]+' "$here/prometheus-rules.test.yml" | grep -oE 'ClassTracker.*' | sort -u | paste -sd' ')" \
    "$(sed -n 's/^ *- alert: //p' "$rules" | sort -u | paste -sd' ')"
succeeds "the dashboard is JSON" jq -e '.panels | length > 0' "$dashboard"
equal "it has no data source of its own" \
    "$(jq -r '.. | objects | .datasource? // empty | objects | .uid' "$dashboard" | sort -u | paste -sd' ')" \
    '${datasource} -- Grafana --'

# A service, its records, its metrics.
start_demo() {
    # The floor: on a slow machine the busy phase has a spike, too.
    CLASS_TRACKER_SPIKE_LIMIT=1GiB CLASS_TRACKER_SPIKE_FLOOR=128MiB \
        "$tracker" demo --duration 0 --interval 0.5 --quiet --file demo.jsonl 2>>demo.log &
    demo=$!
}
start_demo
"$tracker" metrics demo.jsonl --output metrics/class_tracker.prom --interval 0.5 2>metrics.log &
metrics=$!
has_metrics() { [[ -s metrics/class_tracker.prom ]]; }
wait_for 20 has_metrics
# As systemd/class-tracker-metrics.service does.
ln -s ../metrics/class_tracker.prom textfile/class_tracker.prom
prometheus-node-exporter --web.listen-address="$exporter" --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory=textfile --log.level=error 2>exporter.log &
cat >prometheus.yml <<CONFIG
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["$rules"]
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["$exporter"]}]
CONFIG
succeeds "promtool check config" promtool check config prometheus.yml
prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="$server" --log.level=warn 2>prometheus.log &
is_ready() { curl -sf "http://$server/-/ready"; }
wait_for 30 is_ready
has_samples() { [[ $(value 'class_tracker_resident_memory_bytes{program="class-tracker"}') =~ ^[0-9]+$ ]]; }
wait_for 30 has_samples
between "prometheus has the resident set" "$(value 'class_tracker_resident_memory_bytes{program="class-tracker"}')" 1048576 1073741824
equal "the metrics are taken whole" "$(value node_textfile_scrape_error)" 0

# The spike, 12 s after the start: between two samples.
fires() { alerts | grep -q ClassTrackerMemorySpike; }
wait_for 60 fires
alert=$(alerts | jq -c 'select(.labels.alertname == "ClassTrackerMemorySpike")')
equal "the alert fires, for the program that had the spike" \
    "$(jq -r '.labels | "\(.severity) \(.job) \(.instance) \(.program)"' <<<"$alert")" "warning node $exporter class-tracker"
matches "and says how high it was" "$(jq -r .annotations.summary <<<"$alert")" 'class-tracker on 127.0.0.1:[0-9]+ had a memory spike of 2[4-9][0-9](\.[0-9]+)?MiB above normal'
# (a busy machine may lose records)
equal "no other alert" "$(alerts | jq -r .labels.alertname | grep -v RecordsDropped | sort -u | paste -sd' ')" ClassTrackerMemorySpike
# One more each 20 s.
is_latest() { [[ $(value class_tracker_spike_excess_bytes) == $(latest excess_bytes) ]]; }
wait_for 15 is_latest
equal "its height is that of the record" "$(value class_tracker_spike_excess_bytes)" "$(latest excess_bytes)"
equal "and its peak" "$(value class_tracker_spike_peak_bytes)" "$(latest peak_bytes)"
equal "it is counted" "$(value class_tracker_spikes_total)" "$(latest spike)"
between "as an increase" "$(value 'increase(class_tracker_spikes_total[1m])')" 0.5 10
between "the peak is shown although no sample had it" \
    "$(value 'class_tracker_interval_peak_bytes - class_tracker_resident_memory_bytes')" $((200 << 20)) $((300 << 20))
equal "the limit" "$(value class_tracker_memory_limit_bytes)" $((1 << 30))
equal "the classes" "$(query 'class_tracker_class_instances' | jq -r '.[].metric.class' | sort | paste -sd' ')" \
    "ReportPage Request Session other"
between "instances of the class that leaks" "$(value 'class_tracker_class_instances{class="Session"}')" 5 60

# The dashboard: each of its metrics is written, each of its expressions has a result.
succeeds "promtool check metrics finds nothing" promtool check metrics <textfile/class_tracker.prom
written=$(grep '^# TYPE' textfile/class_tracker.prom | names)
equal "metrics of the dashboard that are not written" "$(names <"$dashboard" | comm -23 - <(echo "$written") | paste -sd' ')" ""
equal "metrics of the alerts that are not written" "$(names <"$rules" | comm -23 - <(echo "$written") | paste -sd' ')" ""
unanswered=0
while IFS= read -r expression; do
    expression=${expression//\$__range/1h}
    for variable in job instance program; do expression=${expression//"=~\"\$$variable\""/'=~".*"'}; done
    [[ $(query "$expression" | jq 'if type == "array" then length else 0 end') -gt 0 ]] ||
        { unanswered=$((unanswered + 1)); echo "# without an answer: $expression"; }
done < <(jq -r '.panels[].targets[].expr, (.annotations.list[].expr // empty)' "$dashboard")
equal "expressions of the dashboard without an answer" "$unanswered" 0
equal "its variables are labels" "$(jq -r '.templating.list[].definition // empty | capture(", (?<label>[a-z]+)\\)").label' "$dashboard" | paste -sd' ')" \
    "job instance program"

# The same from the journal.
journalctl --sync
is_same_spike() {
    "$tracker" metrics --journal >journal.prom 2>>metrics.log
    [[ $(grep ^class_tracker_spike_excess_bytes journal.prom) == $(grep ^class_tracker_spike_excess_bytes textfile/class_tracker.prom) ]]
}
wait_for 15 is_same_spike
equal "the journal gives the same spike" "$(grep ^class_tracker_spike_excess_bytes journal.prom)" \
    "$(grep ^class_tracker_spike_excess_bytes textfile/class_tracker.prom)"
succeeds "and the same series" diff <(grep -v '^#' journal.prom | sed 's/ [^ ]*$//') \
    <(grep -v '^#' textfile/class_tracker.prom | sed 's/ [^ ]*$//')

# Killed and started again: the series continue, with another start time.
started=$(value class_tracker_start_time_seconds)
kill -KILL $demo
wait $demo 2>/dev/null
start_demo
has_restarted() { [[ $(value class_tracker_start_time_seconds) != "$started" && $(value class_tracker_spikes_total) == 0 ]]; }
wait_for 20 has_restarted
equal "another process under the same labels, whose counter begins anew" \
    "$(query class_tracker_spikes_total | jq -c 'map([.metric.program, .metric.process, .value[1]])')" '[["class-tracker",null,"0"]]'
equal "the alert still fires" "$(alerts | jq -r .labels.alertname | grep Spike)" ClassTrackerMemorySpike

# After the end: no series are left.
kill -TERM $demo
wait $demo
is_gone() { [[ $(value class_tracker_resident_memory_bytes) == "0 series" ]]; }
wait_for 20 is_gone
equal "a process that ends takes its series along" "$(query '{__name__=~"class_tracker_.*"}')" "[]"
rm textfile/class_tracker.prom
kill -TERM $metrics
wait $metrics
equal "the metrics end in order, and leave nothing" "$? $(ls -A metrics)" "0 "
# The file of the demo may not have been there at first.
equal "they had nothing to say" "$(grep -v 'Waiting for it' metrics.log)" ""
equal "node_exporter had nothing to say" "$(cat exporter.log)" ""

summary
