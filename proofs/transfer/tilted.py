"""Tails of the measured error of learned maps: Markov on an exponential whose mean is at most one.

With q the mean true error of the maps, U the measured one and w = 1 - q + q e^-t, the exponential is
X = exp(count (-t U - log w)); unless the draw is one of the failures it stays below 1/delta. What that says
of q is read off in three ways. ``moment`` is the lemma that says E X <= 1 for a fixed t;
``known`` names steps that lead from q to the error that the statement is about.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Instance
from proofs.kernel.terms import mean
from theory.expressions import Prob, mean_map_error
from theory.quantities import U, failure, tilt

Moment = Callable[[sp.Expr], Instance]
q = mean_map_error
L = sp.log(1 / failure)


def hoeffding(p: Argument, moment: Moment, count: sp.Expr, *known: str) -> None:
    """P(q <= U + sqrt(log(1/delta)/(2 count))) >= 1 - delta, by the tilt sqrt(8 log(1/delta)/count)."""
    t = p.define("t", sp.Symbol("t_best", real=True), sp.sqrt(8 * L / count), "the best tilt")
    p.assume("delta", "a failure probability is less than one", failure < 1)
    tested = _some(p, count)
    p.cite("log delta", "log is increasing, log 1 = 0.", lemmas.log_of_less(sp.S.Zero, 1 / failure))
    p.inequality("L > 0", "So log(1/delta) is positive.", L > 0, "log delta", "delta")
    small, _ = _small(p, moment(t))
    p.cite("lemma", "Hoeffding's lemma on log w.", lemmas.hoeffding_lemma(q, t), "q <= 1")
    _entails(p, small, "log", "lemma", "t", "L > 0", *tested, *known)


def exponential(p: Argument, moment: Moment, count: sp.Expr) -> None:
    """P(q <= (1 - exp(-t U - log(1/delta)/count))/(1 - e^-t)) >= 1 - delta for the tilt t."""
    tested = _some(p, count)
    small, w = _small(p, moment(tilt))
    low = -tilt * U - L / count
    p.inequality("below", "Solve for log w.", sp.Implies(small, sp.Lt(low, sp.log(w))), "log", *tested)
    p.cite("exp", "Undo the logarithm.", lemmas.exp_of_less(low, w), "w > 0")
    p.cite("e^-t < 1", "A tilt is positive.", lemmas.exp_of_less(-tilt, sp.S.One))
    _entails(p, small, "below", "exp", "e^-t < 1")


def mixture(p: Argument, moment: Moment, count: sp.Expr, grid: tuple[sp.Expr, ...], *known: str) -> None:
    """P(q <= the mixture's limit) >= 1 - delta."""
    p.cite("q <= 1", "An error is at most one.", lemmas.map_error_at_most_one())
    moments = []
    for t in grid:
        p.cite(f"moment {t}", f"E X <= 1 for the tilt {t}.", moment(t))
        moments.append(f"moment {t}")
    X = sp.Add(*(_variable(moment(t)) for t in grid)) / len(grid)
    whole = sp.Add(*(moment(t).gives.args[0] for t in grid)) / len(grid)
    p.expectation("mean", "The mean of the exponentials.", sp.Eq(mean(X), whole))
    small = _likely(p, X, "mean", *moments)
    p.cite("limit", "q is one of the numbers.", lemmas.mixture_limit(q, U, count, failure, *grid), "q <= 1")
    _entails(p, small, "limit", *known)


def _some(p: Argument, count: sp.Expr) -> tuple[str, ...]:
    """Something is tested: a hypothesis, unless the count is positive by its very meaning."""
    if count.is_positive:
        return ()
    p.assume("count", "at least one tuple of classes is tested", sp.Ge(count, 1))
    return ("count",)


def _variable(moment: Instance) -> sp.Expr:
    return moment.gives.args[0].args[0]


def _small(p: Argument, moment: Instance) -> tuple[sp.Basic, sp.Expr]:
    """Steps ``likely``, ``log`` and ``q <= 1``; returns the event X < 1/delta, and w."""
    p.cite("q <= 1", "An error is at most one.", lemmas.map_error_at_most_one())
    p.cite("moment", "E X <= 1.", moment)
    X = _variable(moment)
    small = _likely(p, X, "moment")
    (w,) = (atom.args[0] for atom in X.atoms(sp.log))
    p.inequality("w > 0", "w = 1 - q + q e^-t is positive.", w > 0, "q <= 1")
    p.cite("log", "Take logarithms of both sides.", lemmas.log_of_less(X.args[0], 1 / failure), "w > 0")
    return small, w


def _likely(p: Argument, X: sp.Expr, *moment: str) -> sp.Basic:
    """Steps up to P(X < 1/delta) >= 1 - delta, from those that show E X <= 1; returns the event."""
    large = sp.Ge(X, 1 / failure)
    p.cite(
        "markov", "Markov: exponentials, and their means, are positive.", lemmas.markov(large, X, 1 / failure)
    )
    p.cite("complement", "Where that event does not happen, X is small.", lemmas.complement(large))
    small = sp.Not(large)
    p.inequality(
        "likely",
        "By Markov's inequality, X is small with the stated probability.",
        sp.Ge(Prob(small), 1 - failure),
        "markov",
        "complement",
        *moment,
    )
    return small


def _entails(p: Argument, small: sp.Basic, *uses: str) -> None:
    """From the event to the statement's, and its probability."""
    wanted = p.goal.args[0].args[0]
    p.inequality("entails", "In that event the limit holds.", sp.Implies(small, wanted), *uses)
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(small, wanted),
        "entails",
    )
    p.inequality(
        "bound",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "likely",
        "as likely",
    )
