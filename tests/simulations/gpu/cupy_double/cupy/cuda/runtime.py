"""cupy.cuda.runtime."""


def getDeviceCount():
    return 1


def getDeviceProperties(device):
    return {"name": b"A double of a card"}


def runtimeGetVersion():
    return 12090


def driverGetVersion():
    return 12090
