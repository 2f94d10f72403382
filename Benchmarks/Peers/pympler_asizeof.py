"""Times pympler's asizeof on a factory with so many employees: nanoseconds an employee."""

import sys
import time

from pympler.asizeof import asizeof


class Employee:
    def __init__(self, name, assigned, index):
        self.name = name
        self.assigned = assigned
        self.index = index


class Factory:
    def __init__(self, count):
        self.name = "Assembly Line Unlimited, process of Python"
        self.employees = [Employee("employee-number-%d" % index, self.name, index) for index in range(count)]


if __name__ == "__main__":
    employees = int(sys.argv[1])
    factory = Factory(employees)
    start = time.perf_counter()
    asizeof(factory)
    print("%.3f" % ((time.perf_counter() - start) / employees * 1e9))
