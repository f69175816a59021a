"""Population files that are valid except for the fault that a test puts in."""

from __future__ import annotations


def gaussian(second: str = "std = 0.5", mean: str = "[2.0, 0.0]") -> str:
    first = 'family = "gaussian"\n[[classes]]\nmean = [0.0, 0.0]\nstd = 0.5\n'
    return f"{first}[[classes]]\nmean = {mean}\n{second}\n"


def finite(points: str = "[[4.0, 0.0], [4.0, 1.0]]", weights: str = "[0.25, 0.75]") -> str:
    return (
        'family = "finite_support"\n[[classes]]\npoints = [[0.0, 0.0], [1.0, 0.0]]\nweights = [0.5, 0.5]\n'
        f"[[classes]]\npoints = {points}\nweights = {weights}\n"
    )


def mixture(second: str) -> str:
    return (
        'family = "mixture"\n[[classes]]\n[[classes.parts]]\nweight = 1.0\nmean = [0.3]\nstd = 1.0\n'
        f"[[classes]]\n{second}"
    )
