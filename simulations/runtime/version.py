"""The version of the installed distribution."""

from importlib import metadata


def version() -> str:
    try:
        return metadata.version("neural-collapse-transfer")
    except metadata.PackageNotFoundError:
        return "0+source"
