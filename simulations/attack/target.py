"""What is attacked, by reference: a worker process loads the bound itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from simulations.runtime.errors import InputError, printable
from theory.bound import Bound


@dataclass(frozen=True)
class Target:
    """A bound of the catalogue, a planted one, or (``file``) one of a user's own file.

    mutant : (number of a constant, factor) where the bound is attacked with that constant changed.
    """

    name: str
    file: str | None = None
    mutant: tuple[int, Fraction] | None = None

    def load(self) -> Bound:
        """Raises InputError for an unknown name, or a claim that is not an upper bound on the error."""
        if self.mutant is not None:
            return _mutant(replace(self, mutant=None), *self.mutant)
        if self.file is not None:
            from simulations.plugins.load import load_extension

            return _require_upper(load_extension(self.file).bound(self.name))
        from simulations.attack.planted import planted
        from theory import catalogue

        false = planted()
        if self.name in false:
            return false[self.name]
        try:
            return _require_upper(catalogue.get(self.name))
        except KeyError as wrong:
            raise InputError(f"{printable(str(wrong.args[0]))}; see collapse bounds", field="NAME") from None


@cache
def _mutant(original: Target, index: int, factor: Fraction) -> Bound:
    from simulations.attack.mutants import mutant

    return mutant(original.load(), index, factor)


def _require_upper(bound: Bound) -> Bound:
    if bound.kind != "upper" or bound.about != "few_shot_error":
        raise InputError(
            f"{bound.name} is not an upper bound on the few-shot error ({bound.kind}, {bound.about}); "
            f"attack one of {', '.join(upper_bounds())}",
            field="NAME",
        )
    return bound


def upper_bounds() -> list[str]:
    """Names of every catalogue bound that can be attacked, in reading order."""
    from theory import catalogue

    return [bound.name for bound in catalogue.about("few_shot_error") if bound.kind == "upper"]
