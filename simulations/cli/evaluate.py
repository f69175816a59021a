"""`collapse evaluate`: bounds against truth for one population."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulations.cli.options import AsJson, Confidence, Device, Seed, Shots, Ways
from simulations.cli.shared import check_confidence, print_json, shots_list, ways_list
from simulations.cli.user_files import With, join_user_files, quietly
from simulations.runtime.errors import InputError


def run(
    path: Annotated[Path, typer.Argument(metavar="POPULATION.toml", help="A population file.")],
    shots: Shots,
    ways: Ways = None,
    seed: Seed = None,
    confidence: Confidence = 0.95,
    with_files: With = None,
    device: Device = "cpu",
    as_json: AsJson = False,
) -> int:
    """Bounds against truth for one population.

    POPULATION.toml names a family and its parameters, for example:

    \b
    family = "finite_support"
    [[classes]]
    points  = [[0.0, 0.0], [1.0, 0.0]]
    weights = [0.5, 0.5]
    [[classes]]
    points  = [[4.0, 0.0], [4.0, 1.0]]
    weights = [0.25, 0.75]

    Other families: gaussian (mean with std, std_per_axis or covariance), student (mean, std, df), laplace
    (mean, std_per_axis), mixture ([[classes.parts]] with weight, mean, std), and those that make their
    classes: simplex_etf (count, dimension, cdnv or std, radius), random_means (count, dimension, seed,
    spread, std, decay), and the extremal laws constant_is_sharp and cdnv_is_optimal.

    Exit status 1 when a bound is violated.
    """
    join_user_files(with_files)
    from simulations.engines import Budget, Context
    from simulations.populations import load
    from simulations.runtime.device import pick
    from simulations.runtime.randomness import ROOT_SEED
    from simulations.verdicts.evaluate import (
        evaluate_population,
        population_json,
        require_distinct_means,
        row_json,
    )

    check_confidence(confidence)
    kind = pick(device).kind
    wanted_shots = shots_list(shots)
    with quietly(with_files):
        population = load(path)
        wanted_ways = ways_list(ways, population.classes)
        try:
            require_distinct_means(population)
        except InputError as wrong:
            raise wrong.within(path) from None
        rows = evaluate_population(
            population,
            wanted_shots,
            wanted_ways,
            context=Context(Budget(device=kind), ROOT_SEED if seed is None else seed, confidence),
        )
        described = population_json(population)
    if as_json:
        print_json({"population": described, "results": [row_json(row) for row in rows]})
    else:
        from simulations.cli.show import console, notes, row_table

        screen = console()
        screen.print(f"{population.family}: {population.classes} classes, dimension {population.dimension}")
        for row in rows:
            screen.print()
            screen.print(row_table(row))
        screen.print()
        for line in dict.fromkeys(note for row in rows for note in notes(row)):
            screen.print(line, style="dim", markup=False)
    return int(any(v.outcome == "violated" for row in rows for v in row.verdicts))
