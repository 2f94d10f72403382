"""Times pympler's sample of the process: microseconds a snapshot of an idle ClassTracker, the median of five rounds."""

import statistics
import time

from pympler.classtracker import ClassTracker

SNAPSHOTS = 1000


def one_round():
    tracker = ClassTracker()
    start = time.perf_counter()
    for _ in range(SNAPSHOTS):
        tracker.create_snapshot()
    return (time.perf_counter() - start) / SNAPSHOTS * 1e6


if __name__ == "__main__":
    print("%.3f" % statistics.median(one_round() for _ in range(5)))
