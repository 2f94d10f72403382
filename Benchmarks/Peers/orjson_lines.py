"""Times orjson on the lines of a record file: lines a second, the median of three rounds."""

import statistics
import sys
import time

import orjson


def one_round(path):
    start = time.perf_counter()
    count = 0
    with open(path, "rb") as lines:
        for line in lines:
            if orjson.loads(line)["record"] == "sample":
                count += 1
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    print("%.0f" % statistics.median(one_round(sys.argv[1]) for _ in range(3)))
