"""Every lemma holds on random finite probability spaces, and a false variant of it doesn't."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp
from finite_space import Space
from trials_atoms import ATOMS
from trials_axes import AXES
from trials_forms import FORMS
from trials_gaussian import GAUSSIAN
from trials_labelings import LABELINGS
from trials_learned import LEARNED
from trials_maps import MAPS
from trials_samples import SAMPLES

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS, axis
from proofs.kernel.model import a, b, i, j, w, xi
from proofs.kernel.sorts import Sorts, judged_by
from proofs.kernel.terms import D, Dot, Norm, OverClasses, scalar
from theory.expressions import (
    Avg,
    ForEveryOther,
    class_error,
    few_shot_error,
    kernel,
    margin,
    mean_kernel,
    pair_error,
    transfer_error,
)  # fmt: skip
from theory.quantities import (
    Dt_j,
    F,
    M4_i,
    M4_j,
    T_i,
    U,
    d,
    dir_i,
    dir_j,
    k,
    kap_i,
    l,
    lam_i,
    p,
    s_r,
    sigma,
    trS2_i,
    trS2_j,
    trSS,
    v_i,
    v_j,
)  # fmt: skip
from theory.quantities import b as upper

TRIALS, FEWER = 80, 25
CLASSES, OUTCOMES = 3, 4
CIRCLE = np.stack([trig(np.linspace(0, np.pi, 2001)) for trig in (np.cos, np.sin)])
"""Directions in the plane."""
X, Y = scalar("X", b), scalar("Y", b)
FAR = sp.Ge(X, 1)


def space(rng: np.random.Generator) -> Space:
    """Random values for everything; whatever symbols mean, they mean it here."""
    weights = rng.dirichlet(np.full(OUTCOMES, 0.6))
    shape = (CLASSES, OUTCOMES)
    size = np.exp(rng.normal(scale=1.5))
    values = {s: size * rng.normal(size=shape) for s in (X, Y)}
    laws = {law: _law(rng) for law in (i, j)}
    S = {law: (atoms.T * share) @ atoms for law, (atoms, share) in laws.items()}
    offset = rng.normal(size=2)
    u = offset / np.linalg.norm(offset)
    vectors = {
        xi: laws[i][0][rng.integers(3, size=(1, OUTCOMES))],
        a: rng.normal(size=(1, OUTCOMES, 2)) * size,
        b: rng.normal(size=(CLASSES, OUTCOMES, 2)) * size,
        D: np.broadcast_to(offset, (1, 1, 2)),
    }
    atoms, share = laws[j]
    scalars = {
        k: CLASSES + 1.0,
        v_i: np.trace(S[i]),
        v_j: np.trace(S[j]),
        lam_i: np.linalg.eigvalsh(S[i])[-1],
        T_i: np.trace(S[i]),
        trS2_i: np.trace(S[i] @ S[i]),
        trS2_j: np.trace(S[j] @ S[j]),
        trSS: np.trace(S[i] @ S[j]),
        dir_i: u @ S[i] @ u,
        dir_j: u @ S[j] @ u,
        d: np.linalg.norm(offset),
        M4_i: laws[i][1] @ np.sum(laws[i][0] ** 2, axis=1) ** 2,
        M4_j: share @ np.sum(atoms**2, axis=1) ** 2,
        Dt_j: share @ (np.sum(atoms**2, axis=1) * (atoms @ offset)),
        kap_i: np.max(laws[i][1] @ (laws[i][0] @ CIRCLE) ** 4),
    }
    full = {symbol: np.full((1, 1), float(value)) for symbol, value in scalars.items()}
    return Space(weights, values | full, vectors, laws)


def _law(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    atoms, weights = (
        rng.normal(size=(3, 2)) * np.array([1.0, rng.uniform(0.01, 1)]),
        rng.dirichlet(np.ones(3)),
    )
    return atoms - weights @ atoms, weights


Trial = Callable[[Space, np.random.Generator], Instance]


def _positive(at: Space) -> None:
    for symbol in (X, Y):
        at.scalars[symbol] = np.abs(at.scalars[symbol])


def _markov(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[X] = np.abs(at.scalars[X]) * rng.integers(0, 2, size=(CLASSES, OUTCOMES))
    return LEMMAS["markov"](FAR, X, sp.S.One)


def _ordered(at: Space, rng: np.random.Generator) -> None:
    at.scalars[Y] = at.scalars[X] + rng.exponential(scale=0.05, size=(CLASSES, OUTCOMES))


def _per_class(name: str, *arguments: sp.Expr) -> Trial:
    def trial(at: Space, rng: np.random.Generator) -> Instance:
        _positive(at)
        return LEMMAS[name](*arguments)

    return trial


def _monotone(name: str) -> Trial:
    def trial(at: Space, rng: np.random.Generator) -> Instance:
        _ordered(at, rng)
        return LEMMAS[name](X, Y)

    return trial


def _simple(name: str, *arguments: object) -> Trial:
    return lambda at, rng: LEMMAS[name](*arguments)


def _cantelli(at: Space, rng: np.random.Generator) -> Instance:
    shift = np.sum(at.scalars[X] * at.weights, axis=-1, keepdims=True)
    at.scalars[X] = at.scalars[X] - shift + np.abs(shift)
    m, V = sp.symbols("mean var", real=True)
    at.scalars[m] = np.abs(shift)
    at.scalars[V] = np.sum((at.scalars[X] - np.abs(shift)) ** 2 * at.weights, axis=-1, keepdims=True)
    return LEMMAS["cantelli"](X, m, V)


def _jensen_length(at: Space, rng: np.random.Generator) -> Instance:
    at.vectors[b] = at.vectors[b] - np.sum(at.vectors[b] * at.weights[:, None], axis=1, keepdims=True)
    return LEMMAS["jensen_length"](D + b, D)


def _power(at: Space, rng: np.random.Generator) -> Instance:
    _positive(at)
    at.scalars[Y] = at.scalars[X] * rng.uniform(1, 1.2)
    return LEMMAS["power_monotone"](X, Y, sp.Integer(4))


def _markov_any(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[margin] = rng.normal(size=(CLASSES, OUTCOMES))
    wrong = np.any(at.scalars[margin] <= 0, axis=0)
    length = np.where(wrong, 1.0, 0.0) * rng.uniform(1, 1.1)
    at.vectors[xi] = np.stack([length, 0 * length], axis=-1)[None]
    at.scalars[class_error] = np.full((1, 1), at.weights @ wrong)
    return LEMMAS["markov_any"](Norm(xi))


def _more_likely(at: Space, rng: np.random.Generator) -> Instance:
    return LEMMAS["more_likely"](sp.Ge(X, sp.Rational(11, 10)), FAR)


def _union(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[margin] = rng.normal(size=(CLASSES, OUTCOMES)) + 1
    wrong = at.scalars[margin] <= 0
    at.scalars[few_shot_error] = np.full((1, 1), at.weights @ np.any(wrong, axis=0))
    at.scalars[v_j] = (wrong @ at.weights)[:, None]
    return LEMMAS["union"](v_j)


def _error(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[class_error] = np.full((1, 1), rng.uniform(0.7, 1))
    return LEMMAS["class_error_at_most_one"]()


def _swapped(at: Space, rng: np.random.Generator) -> Instance:
    """Classes of the space stand for the ordered pairs of three classes here."""
    v = rng.exponential(size=3)
    pairs = [(p, q) for p in range(3) for q in range(3) if p != q]
    at.scalars = {v_i: np.array([[v[p]] for p, _ in pairs]), v_j: np.array([[v[q]] for _, q in pairs])}
    return LEMMAS["average_swapped"](v_i**2 * sp.sqrt(v_j))


def _ky_fan(at: Space, rng: np.random.Generator) -> Instance:
    """All outcomes of the query for each outcome of the directions; k - 1 = 3 directions in the plane."""
    atoms, weights = at.laws[i]
    c = scalar("c", a, b)
    directions = np.repeat(rng.normal(size=(CLASSES, 2, 2)), 3, axis=1)
    scale = rng.uniform(0.9, 1, size=(CLASSES, 6)) / np.linalg.norm(directions, axis=-1)
    at.weights = np.tile(weights, 2) / 2
    at.vectors = {xi: np.tile(atoms, (2, 1))[None], b: directions}
    at.scalars[c] = scale
    return LEMMAS["ky_fan"](xi, c, b, sp.S.One)


def _square_of_sum(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[margin] = rng.normal(size=(CLASSES, OUTCOMES))
    at.scalars[v_j] = rng.exponential(size=(CLASSES, 1))
    return LEMMAS["square_of_sum"](margin * v_j)


def _pairs(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[v_j] = rng.exponential(size=(CLASSES, 1))
    return LEMMAS["pairs_equal"](2 * v_j, v_j + v_j * k / k * 1)


def _signs(at: Space, rng: np.random.Generator) -> float:
    """A query of independent signs in the plane: sub-Gaussian with proxy its size."""
    size = float(np.exp(rng.normal() - 1))
    at.weights = np.full(4, 0.25)
    at.vectors[xi] = size * np.array([[[x, y] for x in (-1, 1) for y in (-1, 1)]], dtype=float)
    at.scalars |= {sigma: np.full((1, 1), size), p: np.full((1, 1), 2.0)}
    return size


def _subgaussian(at: Space, rng: np.random.Generator) -> Instance:
    _signs(at, rng)
    return LEMMAS["subgaussian"](xi, D, -d)


def _gaussian_trick(at: Space, rng: np.random.Generator) -> Instance:
    size, share = _signs(at, rng), rng.uniform(0, 0.9)
    gamma, r = sp.symbols("gamma r", real=True)
    at.scalars |= {gamma: np.full((1, 1), share / (2 * size**2)), r: np.full((1, 1), 1 - share)}
    return LEMMAS["gaussian_trick"](xi, gamma, D, -d, r)


def _log_quotient(at: Space, rng: np.random.Generator) -> Instance:
    r, Q, c = sp.symbols("r Q c", real=True)
    one, two = rng.exponential(size=2)
    at.scalars |= {s: np.full((1, 1), v) for s, v in ((r, one / two), (Q, one), (c, two))}
    return LEMMAS["log_quotient"](r, Q, c)


def _below(at: Space, rng: np.random.Generator) -> Instance:
    gap = scalar("gap", b)
    _ordered(at, rng)
    at.scalars[gap] = at.scalars[Y] - at.scalars[X]
    return LEMMAS["below"](X, Y, gap)


def _population(at: Space, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Outcomes are all draws of four classes from three kinds; the mean of a random kernel of ``size`` kinds
    over the drawn classes (a U-statistic), and its mean over new classes."""
    share = rng.dirichlet(np.ones(3))
    table = rng.integers(0, 2, size=(3,) * size).astype(float)
    orders = list(itertools.permutations(range(size)))
    table = sum(np.transpose(table, order) for order in orders) / len(orders)
    draws = np.array(list(itertools.product(range(3), repeat=4)))
    at.weights = np.prod(share[draws], axis=1)
    tuples = list(itertools.combinations(range(4), size))
    U_values = np.mean([table[tuple(draws[:, c] for c in chosen)] for chosen in tuples], axis=0)
    truth = table
    for _ in range(size):
        truth = truth @ share
    return U_values[None, :], draws, float(truth)


def _confidence(name: str, size: int, left: sp.Expr) -> Trial:
    def trial(at: Space, rng: np.random.Generator) -> Instance:
        U_values, _, truth = _population(at, rng, size)
        K, x = sp.symbols("K x_", real=True)
        numbers = {l: 4.0, K: 4 // size, x: rng.uniform(0.1, 1.5), F: 1.0, upper: 1.0, k: size, kernel: 0.5}
        at.scalars = {symbol: np.full((1, 1), float(value)) for symbol, value in numbers.items()}
        at.scalars |= {U: U_values, left: np.full((1, 1), truth)}
        if name != "new_classes_kl":
            return LEMMAS[name](U, x) if size == 3 else LEMMAS[name](K, x)
        at.scalars |= {v_j: np.full((1, 1), 0.5), Avg(v_j): U_values}
        return LEMMAS[name](v_j, x)

    return trial


def _new_classes_union(at: Space, rng: np.random.Generator) -> Instance:
    _union(at, rng)
    at.scalars[transfer_error] = at.scalars[few_shot_error]
    at.scalars[OverClasses(v_j)] = np.mean(at.scalars[v_j], axis=0, keepdims=True)
    return LEMMAS["union_of_new_classes"](v_j)


TRIAL: dict[str, Trial] = {
    **ATOMS,
    **AXES,
    **FORMS,
    **GAUSSIAN,
    **LABELINGS,
    **LEARNED,
    **MAPS,
    **SAMPLES,
    "u_statistic_hoeffding": _confidence("u_statistic_hoeffding", 2, mean_kernel),
    "u_statistic_kl": _confidence("u_statistic_kl", 2, mean_kernel),
    "new_classes_kl": _confidence("new_classes_kl", 2, OverClasses(v_j)),
    "episodes_kl": _confidence("episodes_kl", 3, transfer_error),
    "union_of_new_classes": _new_classes_union,
    "chernoff": _simple("chernoff", X, sp.S.One),
    "subgaussian": _subgaussian,
    "gaussian_trick": _gaussian_trick,
    "log_quotient": _log_quotient,
    "exp_monotone": _monotone("exp_monotone"),
    "below": _below,
    "square_length": _simple("square_length", a),
    "markov": _markov,
    "more_likely": _more_likely,
    "at_most_one": _simple("at_most_one", sp.Ge(X, -1)),
    "monotone": _monotone("monotone"),
    "jensen_square": _simple("jensen_square", X),
    "jensen_length": _jensen_length,
    "cantelli": _cantelli,
    "power_monotone": _power,
    "triangle": _simple("triangle", D + b, -a),
    "cauchy_schwarz": _simple("cauchy_schwarz", D + b, a),
    "largest_eigenvalue": _simple("largest_eigenvalue", i, w),
    "trace_product": _simple("trace_product", "i", "j"),
    "variance_along": _simple("variance_along"),
    "third_moment": _simple("third_moment"),
    "minkowski": _simple("minkowski", sp.Integer(4), X, Y),
    "seminorm": _simple("seminorm", i, a, b),
    "form_nonnegative": _simple("form_nonnegative", i, a),
    "directional_fourth": _simple("directional_fourth", i, D),
    "union": _union,
    "average_monotone": _monotone("average_monotone"),
    "average_nonnegative": _per_class("average_nonnegative", X),
    "average_linear": _simple("average_linear", (k, X), (sp.Rational(1, 3), Y)),
    "average_swapped": _swapped,
    "markov_any": _markov_any,
    "class_error_at_most_one": _error,
    "at_most_max": _simple("at_most_max", X),
    "every": _per_class("every", X > 1),
    "for_every": _per_class("for_every", X > 1, sp.Rational(1, 2) < X),
    "at_most_sum": _per_class("at_most_sum", X),
    "max_nonnegative": _per_class("max_nonnegative", X),
    "sum_nonnegative": _per_class("sum_nonnegative", X),
    "max_at_most_sum": _per_class("max_at_most_sum", X),
    "max_of_products": _per_class("max_of_products", X, Y),
    "sum_monotone": _monotone("sum_monotone"),
    "sum_equal": _simple("sum_equal", X + X, 2 * X),
    "sum_scaled": _simple("sum_scaled", 1 / k, X),
    "sum_of_means": _simple("sum_of_means", X),
    "square_of_sum": _square_of_sum,
    "pairs_equal": _pairs,
    "samuelson": _simple("samuelson", X),
    "ky_fan": _ky_fan,
}


def stronger(claim: sp.Basic) -> sp.Basic:
    """A false variant: an inequality tightened by about a factor of two, an equation off by a fifth."""
    if isinstance(claim, sp.Implies):
        return sp.Implies(claim.args[0], stronger(claim.args[1]), evaluate=False)
    if isinstance(claim, ForEveryOther):
        return ForEveryOther(stronger(claim.args[0]))
    if isinstance(claim, sp.And):
        return sp.And(*map(stronger, claim.args), evaluate=False)
    left, right = claim.args
    if isinstance(claim, sp.Ge | sp.Gt):
        left, right = right, left
    if isinstance(claim, sp.Eq):
        return sp.Eq(left, right * sp.Rational(6, 5), evaluate=False)
    slack = (sp.Abs(left) + sp.Abs(right)) / 3 + sp.Rational(1, 10)
    return sp.Le(left + slack, right, evaluate=False)


def test_every_lemma_has_a_trial_a_statement_and_a_reference() -> None:
    import proofs.few_shot.ordering  # noqa: F401 - its import enters lemmas

    assert set(TRIAL) == set(LEMMAS)
    assert all(lemma.statement and lemma.reference for lemma in LEMMAS.values())


@pytest.mark.parametrize("name", TRIAL)
def test_lemma_holds_and_its_false_variant_fails(name: str, full: bool) -> None:
    refuted = False
    for seed in range(TRIALS):
        if refuted and seed >= FEWER and not full:
            break
        rng = np.random.default_rng(seed)
        at = space(rng)
        instance = TRIAL[name](at, rng)
        assert all(at.holds(need) for need in instance.needs), f"the trial misses a hypothesis (seed {seed})"
        assert at.holds(instance.gives), f"{name} fails at seed {seed}"
        refuted = refuted or not at.holds(stronger(instance.gives))
    assert refuted, f"no trial refutes the false variant of {name}"


def lemma_step(name: str, *arguments: object) -> None:
    """Build a lemma as the kernel does, in a proof that defines nothing."""
    with judged_by(Sorts({})):
        LEMMAS[name].build(*arguments)


def test_lemmas_refuse_arguments_they_are_not_about() -> None:
    for name, arguments, says in (
        ("largest_eigenvalue", (j, a), "class i"),
        ("ky_fan", (xi, sp.S.One, xi, sp.S.One), "independent"),
        ("markov_any", (Norm(b),), "may differ"),
        ("average_linear", ((v_i, v_j),), "may differ"),
        ("minkowski", (sp.Integer(3), X), "even"),
        ("axes_scaled", (s_r, X), "may differ"),
        ("axes_subgaussian", (axis(xi), axis(xi), sp.S.Zero), "independent"),
        ("average_monotone_given", (sp.Ge(v_j, 1), v_i, v_j), "does not hold for all pairs"),
        ("blocks_exponential", (U,), "fixed before"),
    ):
        with pytest.raises(ValueError, match=says):
            lemma_step(name, *arguments)
    assert pair_error.args[0] != FAR and Dot(a, a) != 0


def test_a_proof_cannot_bring_a_lemma_of_its_own() -> None:
    from proofs.kernel.lemmas.base import lemma

    with pytest.raises(ValueError, match="the kernel's"):
        lemma("wishful", "none")
    with pytest.raises(TypeError):
        LEMMAS["wishful"] = LEMMAS["markov"]  # type: ignore[index]
