"""Times pympler's statistics of so many tracked employees: nanoseconds an employee to dump, nanoseconds to load, sort and
print ten, and bytes an employee in the dump; a line each."""

import io
import os
import sys
import tempfile
import time

from pympler.classtracker import ClassTracker
from pympler.classtracker_stats import ConsoleStats

from pympler_asizeof import Employee, Factory

if __name__ == "__main__":
    employees = int(sys.argv[1])
    tracker = ClassTracker()
    tracker.track_class(Employee)
    factory = Factory(employees)
    tracker.create_snapshot("all")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "profile.dat")
        start = time.perf_counter()
        tracker.stats.dump_stats(path)
        dumped = time.perf_counter()
        stats = ConsoleStats(filename=path, stream=io.StringIO())
        stats.sort_stats("size").print_stats(limit=10)
        printed = time.perf_counter()
        size = os.path.getsize(path)
    for seconds in (dumped - start, printed - dumped):
        print("%.3f" % (seconds / employees * 1e9))
    print("%.3f" % (size / employees))
