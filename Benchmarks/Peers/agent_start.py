#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the preloaded agent costs a program at its start.

    agent_start.py AGENT_LIBRARY PROGRAM ROUNDS

PROGRAM is agent-host, which writes as the first thing in its main. Prints five numbers: the median of milliseconds from
the start of the process to that without and with the agent, the median of what the agent adds in neighbouring runs, and
the medians of KiB of memory that no file backs, without and with it. The agent records to a file, and tracks one class.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time


def run(program, environment):
    start = time.perf_counter()
    process = subprocess.Popen([program, "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    process.stdout.readline()
    begun = (time.perf_counter() - start) * 1000
    # The tracker's threads come to rest.
    time.sleep(0.05)
    with open(f"/proc/{process.pid}/smaps_rollup") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))
    process.communicate(b"\n")
    return begun, memory


library, program, rounds = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
plain = {"PATH": os.environ["PATH"], "HOME": "/"}
with tempfile.TemporaryDirectory() as directory:
    agent = plain | {
        "LD_PRELOAD": library,
        "CLASS_TRACKER_TRACK": "agent_host.Session",
        "CLASS_TRACKER_FILE_PATH": directory + "/memory.jsonl",
    }
    without, preloaded = [], []
    for _ in range(rounds):
        without.append(run(program, plain))
        preloaded.append(run(program, agent))
median = statistics.median
print(*(f"{value:.2f}" for value in (
    median(time for time, _ in without), median(time for time, _ in preloaded),
    median(after[0] - before[0] for before, after in zip(without, preloaded)),
    median(memory for _, memory in without), median(memory for _, memory in preloaded))))
