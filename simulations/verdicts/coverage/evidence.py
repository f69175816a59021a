"""How a statement is read off evidence with a leading axis of replicates: shared by the scenarios."""

from __future__ import annotations

from theory import catalogue
from theory.array import Floats, to_numpy
from theory.assumptions import Assumption
from theory.assumptions.sampling import IndependentClasses, IndependentSamples
from theory.bound import NotApplicable
from theory.bound.confidence import ConfidenceBound
from theory.evidence import Evidence
from theory.evidence.lineage import Lineage, MapRecord
from theory.setting import Setting

Statement = str | ConfidenceBound
"""A statement of the catalogue by its name, or a bound itself (a broken version, in the negative
controls)."""
TWO_WAY = Setting(5, 2)
FIXED = Lineage(feature_map=MapRecord("fixed"))
INDEPENDENT = (IndependentClasses(), IndependentSamples())


def the_bound(statement: Statement) -> ConfidenceBound:
    """The statement itself, or the catalogue's of that name."""
    if isinstance(statement, ConfidenceBound):
        return statement
    entry = catalogue.get(statement)
    assert isinstance(entry, ConfidenceBound)
    return entry


def bound_values(
    statement: Statement,
    evidence: Evidence,
    granted: tuple[Assumption, ...],
    failure: float,
    setting: Setting = TWO_WAY,
    **at: float,
) -> Floats:
    """The statement's values; ValueError where it does not apply, which must not happen in a scenario.

    ``at`` sets other chosen quantities (a tilt).
    """
    bound = the_bound(statement)
    values = bound.values(evidence, setting, granted, at={"failure": failure, **at})
    if isinstance(values, NotApplicable):
        raise ValueError(f"{bound.name}: {values.reason}")
    return to_numpy(values)
