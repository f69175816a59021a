"""The version of the installed distribution."""

from importlib import metadata


def version() -> str:
    """The version of the installed package; ``0+source`` where it is not installed."""
    try:
        return metadata.version("neural-collapse-transfer")
    except metadata.PackageNotFoundError:
        return "0+source"
