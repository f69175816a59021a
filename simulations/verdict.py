"""Public name: ``from simulations.verdict import judge``. The code is in ``simulations.verdicts``."""

from simulations.verdicts.verdict import FAMILY_WISE_ERROR, Outcome, Verdict, judge

__all__ = ["FAMILY_WISE_ERROR", "Outcome", "Verdict", "judge"]
