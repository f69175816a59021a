"""The command as it is, but that its main job has one chapter: what the soak kills again and again."""

from __future__ import annotations

import sys


def main() -> int:
    from simulations.cli import main as command
    from simulations.jobs.verify.chapters.sharpness import Sharpness
    from simulations.jobs.verify.run import run

    defaults = run.__kwdefaults__
    assert "chapters" in defaults
    defaults["chapters"] = (Sharpness(),)
    return command()


if __name__ == "__main__":
    sys.exit(main())
