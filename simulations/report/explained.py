"""The part of a statement's page that does not depend on the run: its symbols and its proof.

Checking a proof and laying out its formulas take up to seconds: all of it is done once for a statement, in a
worker, and comes back as HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from simulations.report.sections.proof import proof_of
from theory.bound import Bound
from theory.printing import definitions


@dataclass(frozen=True)
class Explained:
    """One statement.

    symbols : (formula, meaning) of what stands in it.
    proof   : what the template ``proof.html.j2`` shows; its ``word`` is the proof's state.
    """

    symbols: tuple[tuple[Markup, str], ...]
    proof: Mapping[str, Any]


def explain(bound: Bound) -> Explained:
    """Lay the statement out and check its proof. Runs in a worker."""
    return Explained(
        symbols=tuple((Markup(entry.mathml), entry.meaning) for entry in definitions(bound)),
        proof=proof_of(bound),
    )
