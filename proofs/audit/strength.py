"""Whether a mutant claims more than its statement: by numbers where there are formulas, by Z3 on domains."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
import sympy as sp

from proofs.audit.mutants import OPAQUE
from theory.assumptions import Granted
from theory.bound import AverageBound, Bound, ClassBound, NotApplicable, PairBound, Statement
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.expressions import REDUCTIONS, Avg, KlUpper
from theory.geometry import ClassGeometry
from theory.quantities import C_2, C_3, C_4, TABLE
from theory.setting import Setting

_LOWER = ("lower", "existence", "impossibility")
PER_CLASS = 14
"""Samples of a class: more than any number of shots below, or there would be no moments of margins."""


def is_weaker(bound: Statement, mutant: Statement) -> bool:
    """Whether the mutant claims nowhere more than the statement, on random classes and shots."""
    for seed in range(6):
        geometry = _random_geometry(seed)
        for shots in (1, 2, 12):
            for own, other in zip(
                _claimed(bound, geometry, shots), _claimed(mutant, geometry, shots), strict=True
            ):
                if own == 0 and getattr(bound, "kind", "") in _LOWER:
                    continue
                if not (other == own or other >= own - 1e-9 * abs(own) - 1e-12):
                    return False
    return True


def _random_geometry(seed: int) -> ClassGeometry:
    rng = np.random.default_rng(seed)
    scale = (0.05, 0.3, 1.0, 3.0)[seed % 4]
    labels = np.repeat(np.arange(3), PER_CLASS)
    centres = rng.normal(size=(3, 4))
    spread = scale * rng.exponential(size=(3, 1, 4))
    samples = centres[:, None, :] + spread * (rng.exponential(size=(3, PER_CLASS, 4)) - 1)
    return ClassGeometry.from_features(samples.reshape(-1, 4), labels, estimator="plugin")


def _claimed(bound: Statement, geometry: ClassGeometry, shots: int) -> list[float]:
    """The value that the statement allows, pair by pair where it is about pairs; for an ordering its
    slack."""
    setting = Setting(shots, 3)
    granted = Granted(assumption for assumption in bound.assumptions)
    if isinstance(bound, PairBound):
        values, _ = bound.pair_values(geometry, setting, granted)
        return [float(values[i, j]) for i in range(3) for j in range(3) if i != j]
    if not isinstance(bound, Bound):
        sides = bound.relation.args if isinstance(bound.relation, sp.And) else (bound.relation,)
        env = GeometryEnvironment(geometry, setting, granted)
        slack = [_written_out(bound, side.args[1] - side.args[0]) for side in sides]
        grids = [np.asarray(env.full(evaluate(part, env, "ij"), "ij")) for part in slack]
        return [float(grid[i, j]) for grid in grids for i in range(3) for j in range(3) if i != j]
    if isinstance(bound, AverageBound | ClassBound):
        value = bound.evaluate(geometry, setting, granted)
        if isinstance(value, NotApplicable):
            return [math.inf] * (1 if isinstance(bound, AverageBound) else 3)
        return list(value.per_class or (value.value,))
    if _stand_in(bound.closed_form).has(*REDUCTIONS):
        return [math.nan]  # read on evidence, not on a geometry: nothing is known of its mutants
    return _at_random_numbers(bound, shots)


def _at_random_numbers(bound: Bound, seed: int) -> list[float]:
    """The statement at random positive numbers for its symbols; larger is weaker."""
    rng = np.random.default_rng(seed)
    whole = _stand_in(bound.closed_form)
    limits = sorted(whole.atoms(*OPAQUE), key=str)
    names = [sp.Symbol(f"limit_{place}", real=True) for place in range(len(limits))]
    symbols = sorted(whole.free_symbols, key=str)
    expression = whole.xreplace(dict(zip(limits, names, strict=True)))
    number = _compiled((*symbols, *names), expression)
    # A limit that both statements share may have any value.
    shared = [zlib.crc32(str(limit).encode()) / 2**32 for limit in limits]
    signed = []
    for _ in range(20):
        values = {symbol: _random_value(str(symbol), rng) for symbol in _symbols()}
        # No law has a smaller fourth moment beside its second and third.
        values[C_4] += values[C_2] ** 2 + values[C_3] ** 2 / values[C_2]
        value = number([values[symbol] for symbol in symbols] + shared)
        # A negative lower bound is vacuous, and lies outside the statement's domain.
        signed.append(-max(value, 0.0) if bound.kind in _LOWER else value)
    return signed


def _stand_in(expression: sp.Expr) -> sp.Expr:
    """What is larger exactly when the expression is: one pair for a mean over pairs, and for the relative
    entropy limit, which increases in both of its arguments, their sum."""
    return expression.replace(Avg, lambda X: X).replace(KlUpper, lambda u, r: u + r)


@lru_cache(64)
def _compiled(symbols: tuple[sp.Symbol, ...], expression: sp.Expr) -> Callable[[list[float]], float]:
    """The expression as a function of plain numbers: infinite over zero, NaN where it is not real."""
    function = sp.lambdify(symbols, expression, "math")

    def number(values: list[float]) -> float:
        try:
            return float(function(*values))
        except (ZeroDivisionError, OverflowError):
            return math.inf
        except (ValueError, TypeError):
            return math.nan

    return number


_COUNTS = {"k": (2, 4), "N_fold": (1, 50), "n": (1, 9), "l": (30, 200), "m": (8, 99), "N_blocks": (1, 50)}
_COUNTS |= {"L_pool": (201, 300), "B_ep": (1, 50), "F": (1, 20)}


def _random_value(name: str, rng: np.random.Generator) -> float:
    """Within the domain of the statements: probabilities, counts, and positive numbers."""
    if name in _COUNTS:
        return int(rng.integers(*_COUNTS[name]))
    if name == "d_hat":
        return float(5 + rng.exponential())
    if name in ("R", "Y_i", "Y_j", "Yvar_i", "Yvar_j", "v_hat_i", "v_hat_j"):
        # Small against the distance now and then: a limit cut off at 1 would hide what was changed.
        return float(10 ** rng.uniform(-4, 0) * rng.exponential())
    return float(rng.uniform() / 3 if name.startswith("failure") else rng.exponential())


@cache
def _symbols() -> list[sp.Symbol]:
    """All quantities in one order: a mutant in which one is missing gets the same numbers for the others."""
    return sorted((entry.symbol for entry in TABLE.values()), key=str)


def _written_out(bound: Statement, expression: sp.Expr) -> sp.Expr:
    for symbol, meaning in reversed(bound.where):
        expression = expression.subs(symbol, meaning)
    return expression
