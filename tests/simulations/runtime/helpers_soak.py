"""The command as it is, but that its main job has one chapter and its quick training three epochs: what the
soak kills again and again. Every part of either still runs: the pool, checkpoints, measurements, pages."""

from __future__ import annotations

import sys
from dataclasses import replace


def main() -> int:
    from simulations.cli import main as command
    from simulations.experiments.network.training import recipe
    from simulations.jobs.verify.chapters.sharpness import Sharpness
    from simulations.jobs.verify.run import run

    defaults = run.__kwdefaults__
    assert "chapters" in defaults
    defaults["chapters"] = (Sharpness(),)
    recipe.QUICK = replace(recipe.QUICK, epochs=3)
    return command()


if __name__ == "__main__":
    sys.exit(main())
