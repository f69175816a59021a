"""cupy.cuda.runtime."""

import os


def getDeviceCount():
    return 1


def getDeviceProperties(device):
    return {"name": b"A double of a card"}


def memGetInfo():
    """(free, in all): ``CUPY_DOUBLE_MEMORY`` bytes, which nothing here takes any of."""
    size = int(os.environ.get("CUPY_DOUBLE_MEMORY", 1 << 36))
    return size, size


def runtimeGetVersion():
    return 12090


def driverGetVersion():
    return 12090
