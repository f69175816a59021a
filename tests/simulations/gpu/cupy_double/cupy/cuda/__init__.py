"""One GPU. ``CUPY_DOUBLE_SMS`` sets the number of its multiprocessors, on which no result may depend."""

import time

from cupy._array import crossing
from cupy.cuda import runtime
from cupy.cuda.device import Device


class Event:
    def __init__(self, block=False, disable_timing=False, interprocess=False):
        self.time = None

    def record(self, stream=None):
        self.time = time.perf_counter()

    def synchronize(self):
        crossing("synchronize")


def get_elapsed_time(begin, end):
    return 1e3 * (end.time - begin.time)


__all__ = ["Device", "Event", "get_elapsed_time", "runtime"]
