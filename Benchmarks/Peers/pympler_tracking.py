"""Times pympler's ClassTracker on a factory with so many employees: nanoseconds an employee to build or to snapshot."""

import sys
import time

from pympler.classtracker import ClassTracker

from pympler_asizeof import Employee, Factory

if __name__ == "__main__":
    figure, employees = sys.argv[1], int(sys.argv[2])
    tracker = ClassTracker()
    tracker.track_class(Employee)
    start = time.perf_counter()
    factory = Factory(employees)
    built = time.perf_counter()
    tracker.create_snapshot("all")
    sized = time.perf_counter()
    print("%.3f" % ((built - start if figure == "build" else sized - built) / employees * 1e9))
