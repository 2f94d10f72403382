#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# server_load.sh SERVER AGENT_LIBRARY SECONDS ROUNDS
#
# Requests a second of a server under load from wrk: as it is, with the agent sampling the process ten times a second, and
# with five of its classes tracked as well, in turns. SERVER is Hummingbird's PerformanceTest. Prints the median of the
# requests without the agent, and the medians of the ratios to that, in neighbouring runs, of both.

set -euo pipefail
server=$1 agent=$(readlink -f "$2") seconds=$3 rounds=$4
directory=$(mktemp -d)
server_pid=
trap 'kill $server_pid 2>/dev/null || true; rm -rf "$directory"' EXIT
export SERVER_PORT=18080
classes='NIOPosix.SocketChannel, NIOCore.ChannelPipeline, NIOCore.ByteBuffer._Storage, HummingbirdCore.RequestBody.Source, NIOCore.EventLoopFuture'

# load VARIABLE=VALUE...: requests a second of a server that is started with these
load() {
    env "$@" "$server" >/dev/null 2>&1 &
    server_pid=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$SERVER_PORT") 2>/dev/null; do sleep 0.05; done
    wrk -c 32 -t 1 -d 1 "http://127.0.0.1:$SERVER_PORT/" >/dev/null
    wrk -c 32 -t 1 -d "$seconds" "http://127.0.0.1:$SERVER_PORT/" | awk '/^Requests\/sec/ { print $2 }'
    kill "$server_pid"
    wait "$server_pid" 2>/dev/null || true
}
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

for ((round = 0; round < rounds; round++)); do
    plain=$(load _=)
    sampled=$(load LD_PRELOAD="$agent" CLASS_TRACKER_INTERVAL=100ms CLASS_TRACKER_FILE_PATH="$directory/memory.jsonl")
    tracked=$(load LD_PRELOAD="$agent" CLASS_TRACKER_INTERVAL=100ms CLASS_TRACKER_FILE_PATH="$directory/memory.jsonl" \
        CLASS_TRACKER_TRACK="$classes")
    echo "$plain" >>"$directory/plain"
    awk -v a="$sampled" -v b="$plain" 'BEGIN { print a / b }' >>"$directory/sampled"
    awk -v a="$tracked" -v b="$plain" 'BEGIN { print a / b }' >>"$directory/tracked"
done
echo "$(median <"$directory/plain") $(median <"$directory/sampled") $(median <"$directory/tracked")"
