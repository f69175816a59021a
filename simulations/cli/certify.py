"""`collapse certify`: an upper bound on the error on new classes, from source classes alone."""

from __future__ import annotations

from pathlib import Path

from simulations.cli.shared import check_confidence, print_json, shots_list, ways_list
from simulations.features import load_features
from simulations.features.certification import certify
from simulations.runtime.randomness import ROOT_SEED


def run(
    path: Path,
    shots: str,
    ways: str,
    *,
    confidence: float,
    radius: float | None,
    normalize: str | None,
    seed: int | None,
    as_json: bool,
) -> int:
    """Exit status 0: a certificate is a statement, not a check."""
    check_confidence(confidence)
    wanted = [int(n) for n in shots_list(shots, infinite=False)]
    file = load_features(path)
    classes = len(set(file.labels.tolist()))
    found = [
        certify(
            file,
            shots=n,
            ways=k,
            confidence=confidence,
            radius=radius,
            normalize=normalize,
            seed=ROOT_SEED if seed is None else seed,
        )
        for n in wanted
        for k in ways_list(ways, classes)
    ]
    if as_json:
        print_json({"certificates": [each.to_json() for each in found]})
    else:
        from simulations.cli.show import cell, console

        screen = console()
        for each in found:
            for line in each.lines():
                screen.print(cell(line))
            screen.print()
    return 0
