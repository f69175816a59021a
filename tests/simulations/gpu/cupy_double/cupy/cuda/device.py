"""cupy.cuda.device."""

import os

from cupy._array import crossing

SMS = int(os.environ.get("CUPY_DOUBLE_SMS", "132"))


class Device:
    def __init__(self, device=None):
        self.id = 0 if device is None else getattr(device, "id", device)

    attributes = property(lambda self: {"MultiProcessorCount": SMS})

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None

    def synchronize(self):
        crossing("synchronize")

    def __eq__(self, other):
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self):
        return hash(self.id)
