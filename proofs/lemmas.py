"""The textbook facts taken on trust. Each has an exact statement, a reference, and a numeric test.

A lemma is a function that, at particular arguments, says what must be shown first and what follows; it is
the only thing that may open a probability or an expectation. ``tests/proofs/test_lemmas.py`` evaluates
every lemma on random finite probability spaces, and requires that a false variant of it fails there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from proofs.kernel import Instance
from proofs.terms import (
    RANDOM_SCALARS,
    TWINS,
    VECTORS,
    Dot,
    ForAllPairs,
    Moment,
    Norm,
    OverClasses,
    coefficients,
    fixed,
    mean,
    scalar,
    sources,
    twin,
)
from theory.expressions import (
    Avg,
    Expect,
    ForEveryOther,
    KlUpper,
    MaxAxes,
    MaxOver,
    MixtureUpper,
    Prob,
    SumAxes,
    SumOver,
    SumOverPairs,
    class_error,
    few_shot_error,
    kernel,
    margin,
    mean_kernel,
    mean_map_error,
    pair_error,
    transfer_error,
    vote_error,
)
from theory.quantities import (
    B_ep,
    Dt_j,
    F,
    L_pool,
    M4_i,
    M4_j,
    N_blocks,
    R,
    T_i,
    U,
    Y_i,
    Y_j,
    Yvar_i,
    Yvar_j,
    b,
    d,
    dir_i,
    dir_j,
    folds,
    g_r,
    h_rows,
    h_squares,
    h_sum,
    k,
    kap_i,
    l,
    lam_i,
    m,
    p,
    s_r,
    sigma,
    trS2_i,
    trS2_j,
    trSS,
    v_hat_i,
    v_hat_j,
    v_i,
    v_j,
)


@dataclass(frozen=True)
class Lemma:
    """Call it with arguments to get an instance."""

    name: str
    title: str
    reference: str
    build: Callable[..., tuple[list[sp.Basic], sp.Basic]]

    @property
    def statement(self) -> str:
        return (self.build.__doc__ or "").strip()

    def __call__(self, *arguments: Any) -> Instance:
        needs, gives = self.build(*arguments)
        return Instance(self.name, arguments, tuple(needs), gives)


LEMMAS: dict[str, Lemma] = {}


def lemma(title: str, reference: str) -> Callable[[Callable[..., tuple[list[sp.Basic], sp.Basic]]], Lemma]:
    """Enter a lemma into ``LEMMAS`` under its function's name."""

    def enter(build: Callable[..., tuple[list[sp.Basic], sp.Basic]]) -> Lemma:
        entry = Lemma(build.__name__, title, reference, build)
        LEMMAS[entry.name] = entry
        return entry

    return enter


def _le(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    """A relation that SymPy doesn't decide on its own."""
    return sp.Le(left, right, evaluate=False)


# -- probability -----------------------------------------------------------------------------------------
@lemma("Markov's inequality", "Boucheron, Lugosi, Massart, Concentration Inequalities (2013), 2.1")
def markov(event: sp.Basic, X: sp.Expr, t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X >= 0 always, X >= t > 0 on the event, then P(event) <= E X / t."""
    return [sp.Ge(X, 0), sp.Implies(event, sp.Ge(X, t)), sp.Gt(t, 0)], _le(Prob(event), mean(X) / t)


@lemma("probability is monotone", "axioms of probability")
def more_likely(first: sp.Basic, second: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """If the first event entails the second, P(first) <= P(second)."""
    return [sp.Implies(first, second)], _le(Prob(first), Prob(second))


@lemma("a probability is at most one", "axiom of probability")
def at_most_one(event: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """P(event) <= 1."""
    return [], _le(Prob(event), sp.S.One)


@lemma("complement", "axioms of probability")
def complement(event: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """P(not event) = 1 - P(event)."""
    return [], sp.Eq(Prob(sp.Not(event)), 1 - Prob(event), evaluate=False)


@lemma("union of failures", "subadditivity of probability")
def all_likely(*events: tuple[sp.Basic, sp.Expr]) -> tuple[list[sp.Basic], sp.Basic]:
    """If event r fails with probability at most q_r, all happen with probability at least 1 - sum of q_r."""
    needs = [sp.Ge(Prob(event), 1 - q, evaluate=False) for event, q in events]
    return needs, sp.Ge(Prob(sp.And(*(event for event, _ in events))), 1 - sp.Add(*(q for _, q in events)))


@lemma("expectation is monotone", "textbook")
def monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X <= Y always, then E X <= E Y."""
    return [sp.Le(X, Y)], _le(mean(X), mean(Y))


@lemma("Jensen's inequality for the square", "textbook; Cauchy-Schwarz against 1")
def jensen_square(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """(E X)^2 <= E X^2."""
    return [], _le(mean(X) ** 2, mean(X**2))


@lemma("Jensen's inequality for the length", "textbook")
def jensen_length(X: sp.Expr, m: sp.Symbol) -> tuple[list[sp.Basic], sp.Basic]:
    """If E X.m = m.m for a fixed vector m, then |m| <= E|X|."""
    return [sp.Eq(Expect(Dot(X, m)), Dot(m, m))], _le(Norm(m), mean(Norm(X)))


@lemma("Cantelli's inequality", "Boucheron, Lugosi, Massart (2013), exercise 2.3")
def cantelli(X: sp.Expr, m: sp.Expr, V: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If E X = m and E(X - m)^2 = V, and m > 0, then P(X <= 0) <= V/(V + m^2)."""
    needs = [sp.Eq(mean(X), m, evaluate=False), sp.Eq(mean((X - m) ** 2), V, evaluate=False)]
    return needs, sp.Implies(sp.Gt(m, 0), _le(Prob(sp.Le(X, 0)), V / (V + m**2)))


# -- numbers -----------------------------------------------------------------------------------------------
@lemma("powers are monotone", "textbook")
def power_monotone(x: sp.Expr, y: sp.Expr, q: sp.Integer) -> tuple[list[sp.Basic], sp.Basic]:
    """If 0 <= x <= y then x^q <= y^q for a whole number q >= 1."""
    if not (q.is_Integer and q >= 1):
        raise ValueError("q is a whole number of at least one")
    return [sp.Ge(x, 0), sp.Le(x, y)], _le(x**q, y**q)


@lemma("order by a difference", "textbook")
def below(x: sp.Expr, y: sp.Expr, gap: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If y = x + gap and gap >= 0, then x <= y."""
    return [sp.Eq(y, x + gap, evaluate=False), sp.Ge(gap, 0)], _le(x, y)


# -- vectors -----------------------------------------------------------------------------------------------
@lemma("triangle inequality", "textbook; Cauchy-Schwarz")
def triangle(u: sp.Expr, v: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """|u + v| <= |u| + |v|."""
    return [], _le(Norm(u + v), Norm(u) + Norm(v))


@lemma("a squared length is not negative", "textbook")
def square_length(v: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """v.v >= 0."""
    return [], sp.Ge(Dot(v, v), 0, evaluate=False)


@lemma("Cauchy-Schwarz inequality", "textbook")
def cauchy_schwarz(u: sp.Expr, v: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """(u.v)^2 <= |u|^2 |v|^2."""
    return [], _le(Dot(u, v) ** 2, Dot(u, u) * Dot(v, v))


@lemma("largest eigenvalue", "Rayleigh quotient; the meaning of lam_i")
def largest_eigenvalue(law: sp.Symbol, h: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """h'S_i h <= lam_i h.h for every vector h."""
    if str(law) != "i":
        raise ValueError("lam_i belongs to class i")
    return [], _le(Moment(law, h, h), lam_i * Dot(h, h))


@lemma("largest eigenvalue and trace", "textbook: a trace is the sum of the eigenvalues")
def largest_at_most_trace() -> tuple[list[sp.Basic], sp.Basic]:
    """lam_i <= tr S_i."""
    return [], _le(lam_i, v_i)


@lemma("trace of a product", "textbook: positive semidefinite matrices have nonnegative eigenvalues")
def trace_product(first: str, second: str) -> tuple[list[sp.Basic], sp.Basic]:
    """tr(S_x S_y) <= tr S_x tr S_y for two covariance matrices."""
    product, traces = _TRACES[first, second]
    return [], _le(product, traces)


_TRACES = {("i", "j"): (trSS, v_i * v_j), ("i", "i"): (trS2_i, v_i**2), ("j", "j"): (trS2_j, v_j**2)}


@lemma("variance along a line", "textbook: one diagonal entry of a trace")
def variance_along() -> tuple[list[sp.Basic], sp.Basic]:
    """u'S_j u <= tr S_j for a unit vector u."""
    return [], _le(dir_j, v_j)


@lemma("Cauchy-Schwarz for the third moment", "textbook: (E |x|^2 D.x)^2 <= E|x|^4 E (D.x)^2")
def third_moment() -> tuple[list[sp.Basic], sp.Basic]:
    """(D.t_j)^2 <= d^2 (u'S_j u) M4_j."""
    return [], _le(Dt_j**2, d**2 * dir_j * M4_j)


@lemma("Minkowski's inequality", "textbook; the triangle inequality of L^q")
def minkowski(q: sp.Integer, *terms: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For even q: E(sum of X_r)^q <= (sum of (E X_r^q)^{1/q})^q."""
    if not (q.is_Integer and q >= 2 and q % 2 == 0):
        raise ValueError("q is an even number of at least two")
    roots = [mean(X**q) ** (1 / q) for X in terms]
    return [], _le(mean(sp.Add(*terms) ** q), sp.Add(*roots) ** q)


@lemma("seminorm of a covariance", "textbook: h -> sqrt(h'S h) is a seminorm")
def seminorm(law: sp.Symbol, u: sp.Expr, v: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """(u + v)'S(u + v) <= (sqrt(u'S u) + sqrt(v'S v))^2."""
    roots = sp.sqrt(Moment(law, u, u)) + sp.sqrt(Moment(law, v, v))
    return [], _le(Moment(law, u + v, u + v), roots**2)


@lemma("a variance is not negative", "textbook: E (x.h)^2 >= 0")
def form_nonnegative(law: sp.Symbol, h: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """h'S h >= 0 for every vector h."""
    return [], sp.Ge(Moment(law, h, h), 0, evaluate=False)


@lemma("largest directional fourth moment", "homogeneity; the meaning of kap_i")
def directional_fourth(law: sp.Symbol, h: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E (x.h)^4 <= kap_i (h.h)^2 for every vector h."""
    if str(law) != "i":
        raise ValueError("kap_i belongs to class i")
    return [], _le(Moment(law, h, h, h, h), kap_i * Dot(h, h) ** 2)


# -- several classes ---------------------------------------------------------------------------------------
@lemma("union bound", "subadditivity; err is the mean of P(M_ij <= 0 for some j)")
def union(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If P(M_ij <= 0) <= X_ij for every ordered pair, then err <= (k-1) Avg X."""
    return [_le(pair_error, X)], _le(few_shot_error, (k - 1) * Avg(X))


@lemma("a mean over pairs is monotone", "textbook")
def average_monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij <= Y_ij for every ordered pair, then Avg X <= Avg Y."""
    return [sp.Le(X, Y)], _le(Avg(X), Avg(Y))


@lemma("what holds for all pairs holds for one", "meaning of 'for all'")
def of_all(claim: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """If a claim holds for all pairs of classes, it holds for the pair at hand."""
    return [], sp.Implies(ForAllPairs(claim), claim)


@lemma("a mean over pairs is monotone, given something of all", "textbook")
def average_monotone_given(given: sp.Basic, X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij <= Y_ij for every pair, given what holds for all pairs, then Avg X <= Avg Y, given that."""
    if not all(isinstance(part, ForAllPairs) for part in sp.And.make_args(given)):
        raise ValueError(f"{given} is not said of all pairs")
    return [sp.Implies(given, sp.Le(X, Y))], sp.Implies(given, _le(Avg(X), Avg(Y)))


@lemma("a mean over pairs is at most the largest", "textbook")
def average_at_most(X: sp.Expr, top: sp.Rational) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij <= c for every ordered pair, then Avg X <= c."""
    if not top.is_Rational:
        raise ValueError("c is a number")
    return [sp.Le(X, top)], _le(Avg(X), top)


@lemma("a mean over pairs keeps signs", "textbook")
def average_nonnegative(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij >= 0 for every ordered pair, then Avg X >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(Avg(X), 0, evaluate=False)


@lemma("a mean over pairs is linear", "textbook")
def average_linear(*pairs: tuple[sp.Expr, sp.Expr]) -> tuple[list[sp.Basic], sp.Basic]:
    """Avg(sum of c X) = sum of c Avg X for numbers c that are the same for all pairs."""
    if any(_indexed(scale) for scale, _ in pairs):
        raise ValueError("a coefficient depends on the pair")
    whole = sp.Add(*(scale * X for scale, X in pairs))
    return [], sp.Eq(Avg(whole), sp.Add(*(scale * Avg(X) for scale, X in pairs)), evaluate=False)


@lemma("a mean over ordered pairs doesn't mind the order", "textbook")
def average_swapped(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """Avg X_ij = Avg X_ji."""
    if _indexed(X) - set(_SWAP):
        raise ValueError(f"no name for the other class's {_indexed(X) - set(_SWAP)}")
    return [], sp.Eq(Avg(X), Avg(X.xreplace(_SWAP)), evaluate=False)


_SWAP = {v_i: v_j, v_j: v_i, dir_i: dir_j, dir_j: dir_i, M4_i: M4_j, M4_j: M4_i, d: d}


def _indexed(expression: sp.Expr) -> set[sp.Symbol]:
    """The symbols that vary with the classes."""
    from theory.quantities import lookup

    return {s for s in expression.free_symbols if (entry := lookup(s)) is not None and entry.index}


@lemma("Markov's inequality for any of several classes", "Markov; wrong means M_ij <= 0 for some j")
def markov_any(Z: sp.Expr, given: sp.Basic = sp.true) -> tuple[list[sp.Basic], sp.Basic]:
    """If Z >= 0, and Z >= 1 whenever M_ij <= 0 for some j, then P(wrong | i) <= E Z^2."""
    _same_for_all(Z)
    claim = sp.Implies(sp.Le(margin, 0), sp.Ge(Z, 1))
    gives = _le(class_error, mean(Z**2))
    if given == sp.true:
        return [sp.Ge(Z, 0), claim], gives
    if sources(given):
        raise ValueError("the condition must not be random")
    return [sp.Ge(Z, 0), sp.Implies(given, claim)], sp.Implies(given, gives)


@lemma("an error is at most one", "axiom of probability")
def class_error_at_most_one() -> tuple[list[sp.Basic], sp.Basic]:
    """P(wrong | i) <= 1."""
    return [], _le(class_error, sp.S.One)


@lemma("a term is at most the largest", "meaning of max")
def at_most_max(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """X_j <= max_j X_j."""
    return [], _le(X, MaxOver(X))


@lemma("what holds for every class holds for one", "meaning of 'for every'")
def every(claim: sp.Basic) -> tuple[list[sp.Basic], sp.Basic]:
    """If a claim holds for every j, it holds for j."""
    return [], sp.Implies(ForEveryOther(claim), claim)


@lemma("a term is at most the sum", "textbook")
def at_most_sum(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 for every j, then X_j <= sum_j X_j."""
    return [sp.Ge(X, 0)], _le(X, SumOver(X))


@lemma("a largest term keeps signs", "textbook")
def max_nonnegative(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 for every j, then max_j X_j >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(MaxOver(X), 0, evaluate=False)


@lemma("a sum keeps signs", "textbook")
def sum_nonnegative(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 for every j, then sum_j X_j >= 0."""
    return [sp.Ge(X, 0)], sp.Ge(SumOver(X), 0, evaluate=False)


@lemma("the largest term is at most the sum", "textbook")
def max_at_most_sum(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 for every j, then max_j X_j <= sum_j X_j."""
    return [sp.Ge(X, 0)], _le(MaxOver(X), SumOver(X))


@lemma("largest of products", "textbook")
def max_of_products(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j >= 0 and Y_j >= 0, then max_j X_j Y_j <= max_j X_j max_j Y_j."""
    return [sp.Ge(X, 0), sp.Ge(Y, 0)], _le(MaxOver(X * Y), MaxOver(X) * MaxOver(Y))


@lemma("a sum is monotone", "textbook")
def sum_monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j <= Y_j for every j, then sum_j X_j <= sum_j Y_j."""
    return [sp.Le(X, Y)], _le(SumOver(X), SumOver(Y))


@lemma("equal terms have equal sums", "textbook")
def sum_equal(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_j = Y_j for every j, then sum_j X_j = sum_j Y_j."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumOver(X), SumOver(Y), evaluate=False)


@lemma("a common factor leaves the sum", "textbook")
def sum_scaled(scale: sp.Expr, X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """sum_j c X_j = c sum_j X_j when c is the same for all j."""
    _same_for_all(scale)
    return [], sp.Eq(SumOver(scale * X), scale * SumOver(X), evaluate=False)


@lemma("sum and expectation change places", "textbook")
def sum_of_means(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E sum_j X_j = sum_j E X_j."""
    return [], sp.Eq(mean(SumOver(X)), SumOver(mean(X)), evaluate=False)


@lemma("the square of a sum", "textbook")
def square_of_sum(
    X: sp.Expr, *named: tuple[sp.Symbol, sp.Symbol, sp.Expr]
) -> tuple[list[sp.Basic], sp.Basic]:
    """E(sum_j X_j)^2 = sum_j E X_j^2 + sum over j != l of E X_j X_l. ``named``: abbreviations in X, for
    j and for l, with their meaning for j."""
    _quantities_only(X.xreplace({symbol: meaning for symbol, _, meaning in named}))
    X_l = twin(X).xreplace({symbol: at_l for symbol, at_l, _ in named})
    right = SumOver(mean(X**2)) + SumOverPairs(mean(X * X_l))
    needs = [sp.Eq(symbol, meaning, evaluate=False) for symbol, _, meaning in named]
    needs += [sp.Eq(at_l, twin(meaning), evaluate=False) for _, at_l, meaning in named]
    return needs, sp.Eq(mean(SumOver(X) ** 2), right, evaluate=False)


@lemma("equal terms have equal sums over pairs", "textbook")
def pairs_equal(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_jl = Y_jl for all j != l, then their sums over j != l are equal."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumOverPairs(X), SumOverPairs(Y), evaluate=False)


@lemma("Samuelson's inequality", "Samuelson 1968: one deviation against the sum of squares")
def samuelson(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For N = k-1 numbers: (X_j - S/N)^2 <= (N-1)/N (sum of X_l^2 - S^2/N), S their sum."""
    N, total = k - 1, SumOver(X)
    return [], _le((X - total / N) ** 2, (N - 1) / N * (SumOver(X**2) - total**2 / N))


def _quantities_only(expression: sp.Expr) -> None:
    """Raise ValueError where a symbol's twin for class l is not known."""
    from theory.quantities import lookup

    for symbol in expression.free_symbols:
        if lookup(symbol) is None and symbol not in TWINS:
            raise ValueError(f"no name for {symbol} of another class")


@lemma("Ky Fan's inequality", "Ky Fan 1949: projections of rank r capture at most the r largest eigenvalues")
def ky_fan(x: sp.Symbol, c: sp.Expr, h: sp.Expr, s: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If |c_j h_j|^2 <= s for the k-1 classes j, independent of the query x of class i, then
    E max_j (c_j x.h_j)^2 <= s T_i."""
    vector = VECTORS[x]
    if vector.kind != "draw" or str(vector.law) != "i" or x in sources(c) | coefficients(h).keys():
        raise ValueError("x is a query of class i, and independent of the directions")
    _same_for_all(s)
    return [sp.Le(c**2 * Dot(h, h), s)], _le(mean(MaxOver((c * Dot(x, h)) ** 2)), s * T_i)


def _same_for_all(expression: sp.Expr) -> None:
    """Raise ValueError unless the expression is the same for all other classes j."""
    from theory.quantities import lookup

    whole = expression.atoms(MaxOver, SumOver, SumOverPairs)
    bare = expression.xreplace(dict.fromkeys(whole, sp.S.One))
    for symbol in bare.free_symbols | {atom.func for atom in bare.atoms(AppliedUndef)}:
        entry = lookup(symbol) if isinstance(symbol, sp.Symbol) else None
        if entry is not None and not set(entry.index) & {"j", "l"}:
            continue
        if symbol in SHARED or (symbol in VECTORS and str(symbol) in ("a", "xi")):
            continue
        raise ValueError(f"{symbol} may differ between the other classes")


SHARED: set[sp.Basic] = set()
"""Symbols defined in proofs that are declared to be the same for all other classes."""


# -- all margins of a query class as one vector ---------------------------------------------------------
form = sp.Symbol("q_R", real=True)
"""y'R^-1 y for the vector y_j = s_j - M_ij over the other classes j; R is positive definite, R_jj = s_j^2."""
root_of_R = sp.Symbol("s_R", positive=True)
"""s_j, the root of R_jj."""
RANDOM_SCALARS.add(form)
SHARED.add(form)


@lemma("Cauchy-Schwarz inequality for an inverse matrix", "textbook: e_j'y = (R^1/2 e_j)'(R^-1/2 y)")
def inverse_form() -> tuple[list[sp.Basic], sp.Basic]:
    """(s_j - M_ij)^2 <= R_jj y'R^-1 y."""
    return [], _le((root_of_R - margin) ** 2, root_of_R**2 * form)


@lemma("mean of a quadratic form", "textbook: E y'A y = tr(A E yy')")
def mean_of_form() -> tuple[list[sp.Basic], sp.Basic]:
    """E y'R^-1 y = tr(R^-1 (Sigma + (m-s)(m-s)')) for margins of mean m and covariance Sigma."""
    from theory.few_shot.union_moment_optimal import R as matrix
    from theory.few_shot.union_moment_optimal import Sigma
    from theory.few_shot.union_moment_optimal import m as centre
    from theory.few_shot.union_moment_optimal import s as scales

    gap = centre - scales
    return [], sp.Eq(Expect(form), sp.Trace(matrix.I * (Sigma + gap * gap.T)), evaluate=False)


# -- exponential moments ------------------------------------------------------------------------------------
@lemma("Chernoff's bound", "Boucheron, Lugosi, Massart (2013), 2.2")
def chernoff(X: sp.Expr, t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If t > 0, then P(X <= 0) <= E exp(-t X)."""
    return [sp.Gt(t, 0)], _le(Prob(sp.Le(X, 0)), mean(sp.exp(-t * X)))


@lemma("sub-Gaussian classes", "meaning of sigma; proxies of independent draws add up")
def subgaussian(x: sp.Symbol, h: sp.Expr, g: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E exp(g + x.h) <= E exp(g + sigma^2 |h|^2/(2N)) for a mean x of N draws and g, h independent of x."""
    vector = VECTORS[x]
    if x in sources(g) or x in sources(Dot(h, h)) or x in coefficients(h):
        raise ValueError("the direction and the rest must be independent of the draw")
    proxy = sigma**2 / vector.count
    return [], _le(mean(sp.exp(g + Dot(x, h))), mean(sp.exp(g + proxy * Dot(h, h) / 2)))


@lemma("sub-Gaussian quadratic form", "Hsu, Kakade, Zhang 2012, by a Gaussian integral; isotropic proxy")
def gaussian_trick(
    x: sp.Symbol, gamma: sp.Expr, h: sp.Expr, g: sp.Expr, r: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """For a mean x of N draws, nu = sigma^2/N, fixed h and g, gamma >= 0 and r = 1 - 2 gamma nu > 0:
    E exp(g + x.h + gamma |x|^2) <= exp(g + nu |h|^2/(2r) - (p/2) log r)."""
    if sources(g) or sources(Dot(h, h)) or sources(gamma):
        raise ValueError("the form must be fixed")
    nu = sigma**2 / VECTORS[x].count
    needs = [sp.Ge(gamma, 0), sp.Gt(r, 0), sp.Eq(r, 1 - 2 * gamma * nu, evaluate=False)]
    left = mean(sp.exp(g + Dot(x, h) + gamma * Dot(x, x)))
    return needs, _le(left, sp.exp(g + nu * Dot(h, h) / (2 * r) - p / 2 * sp.log(r)))


@lemma("logarithm of a quotient", "textbook")
def log_quotient(r: sp.Expr, Q: sp.Expr, c: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If r c = Q and Q, c > 0, then log r = log Q - log c."""
    needs = [sp.Eq(r * c, Q, evaluate=False), sp.Gt(Q, 0, evaluate=False), sp.Gt(c, 0, evaluate=False)]
    return needs, sp.Eq(sp.log(r), sp.log(Q) - sp.log(c), evaluate=False)


@lemma("the exponential is monotone", "textbook")
def exp_monotone(x: sp.Expr, y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If x <= y, then exp x <= exp y."""
    return [sp.Le(x, y), *_defined(x, y)], _le(sp.exp(x), sp.exp(y))


@lemma("exponentials are positive", "textbook")
def exp_positive(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """exp x > 0."""
    return _defined(x), sp.Gt(sp.exp(x), 0, evaluate=False)


def _defined(*terms: sp.Expr) -> list[sp.Basic]:
    """What logarithms are taken of is positive: exp log z is written z, which is false of other z."""
    from theory.quantities import lookup

    inside = {log.args[0] for term in terms for log in term.atoms(sp.log)}
    plain = {z for z in inside if z.is_positive and all(lookup(s) is not None for s in z.free_symbols)}
    return [sp.Gt(z, 0, evaluate=False) for z in sorted(inside - plain, key=str)]


# -- coordinates along axes ---------------------------------------------------------------------------------
def axis(vector: sp.Symbol) -> sp.Expr:
    """Coordinate r of a random vector, along the axes in which the proxies are diagonal."""
    return scalar(f"{vector}_r", vector)


def _proxy(x: sp.Expr) -> sp.Expr:
    """Proxy along axis r of the mean of draws whose coordinate x is."""
    (vector,) = x.args
    if x != axis(vector):
        raise ValueError(f"{x} is no coordinate")
    return {"i": s_r, "j": g_r}[str(VECTORS[vector].law)] / VECTORS[vector].count


@lemma("sub-Gaussian classes along axes", "meaning of the proxies; those of independent draws add up")
def axes_subgaussian(x: sp.Expr, h: sp.Expr, g: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """E exp(sum_r g_r + x_r h_r) <= E exp(sum_r g_r + q_r h_r^2/2) for the coordinates x_r of a mean of draws
    with proxies q_r, g and h independent of x."""
    if sources(x) & (sources(g) | sources(h)):
        raise ValueError("the direction and the rest must be independent of the draw")
    right = SumAxes(g + _proxy(x) * h**2 / 2)
    return [], _le(mean(sp.exp(SumAxes(g + x * h))), mean(sp.exp(right)))


@lemma("sub-Gaussian quadratic form along axes", "Hsu, Kakade, Zhang 2012, by a Gaussian integral")
def axes_gaussian_trick(
    x: sp.Expr, gamma: sp.Expr, h: sp.Expr, g: sp.Expr, r: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """For the coordinates of a mean of draws with proxies q along the axes, fixed h and g, gamma >= 0 and
    r = 1 - 2 gamma q > 0 along each axis:
    E exp(sum_r g + x h + gamma x^2) <= exp(sum_r g + q h^2/(2r) - log(r)/2)."""
    if sources(g) | sources(h) | sources(gamma):
        raise ValueError("the form must be fixed")
    q = _proxy(x)
    needs = [sp.Ge(gamma, 0), sp.Gt(r, 0), sp.Eq(r, 1 - 2 * gamma * q, evaluate=False)]
    right = SumAxes(g + q * h**2 / (2 * r) - sp.log(r) / 2)
    return needs, _le(mean(sp.exp(SumAxes(g + x * h + gamma * x**2))), sp.exp(right))


@lemma("a sum over axes is monotone", "textbook")
def axes_monotone(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_r <= Y_r along every axis, then sum_r X_r <= sum_r Y_r."""
    return [sp.Le(X, Y)], _le(SumAxes(X), SumAxes(Y))


@lemma("equal terms have equal sums over axes", "textbook")
def axes_equal(X: sp.Expr, Y: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_r = Y_r along every axis, then their sums are equal."""
    return [sp.Eq(X, Y, evaluate=False)], sp.Eq(SumAxes(X), SumAxes(Y), evaluate=False)


@lemma("a common factor leaves the sum over axes", "textbook")
def axes_scaled(scale: sp.Expr, X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """c sum_r X_r = sum_r c X_r for a quantity c that is the same along all axes."""
    from theory.quantities import lookup

    if any((entry := lookup(symbol)) is None or "r" in entry.index for symbol in scale.free_symbols):
        raise ValueError(f"{scale} may differ between the axes")
    return [], sp.Eq(scale * SumAxes(X), SumAxes(scale * X), evaluate=False)


@lemma("a term is at most the largest over the axes", "meaning of max")
def at_most_max_axis(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """X_r <= max_r X_r."""
    return [], _le(X, MaxAxes(X))


# -- new classes --------------------------------------------------------------------------------------------
@lemma("Hoeffding's inequality for U-statistics", "Hoeffding 1963, section 5")
def u_statistic_hoeffding(K: sp.Expr, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For a kernel in [0, b], one of F, its mean U over l independent classes, and K = floor(l/2):
    P(E h <= U + b sqrt(x/(2K))) >= 1 - F exp(-x)."""
    needs = [sp.Le(kernel, b), sp.Eq(K, sp.floor(l / 2), evaluate=False)]
    claim = _le(mean_kernel, U + b * sp.sqrt(x / (2 * K)))
    return needs, sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("Hoeffding's inequality for U-statistics, relative entropy", "Hoeffding 1963, theorem 1 and section 5")
def u_statistic_kl(K: sp.Expr, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """As `u_statistic_hoeffding`, with b sup{q : kl(U/b, q) <= x/K} as the limit."""
    needs = [sp.Le(kernel, b), sp.Eq(K, sp.floor(l / 2), evaluate=False)]
    claim = _le(mean_kernel, b * KlUpper(U / b, x / K))
    return needs, sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("relative entropy limit of a mean over new classes", "Hoeffding 1963, for a symmetrized kernel")
def new_classes_kl(X: sp.Expr, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If X_ij is in [0, 1], one of F, then with probability at least 1 - F exp(-x) its mean over new pairs
    of classes is at most sup{q : kl(Avg X, q) <= x/floor(l/2)}, Avg over l independent classes."""
    claim = _le(OverClasses(X), KlUpper(Avg(X), x / sp.floor(l / 2)))
    return [sp.Ge(X, 0), sp.Le(X, 1)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("union bound over new classes", "the union bound, averaged over k independent classes")
def union_of_new_classes(X: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If P(M_ij <= 0) <= X_ij for every pair, then E err <= (k-1) times the mean of X over new pairs."""
    return [_le(pair_error, X)], _le(transfer_error, (k - 1) * OverClasses(X))


@lemma("relative entropy limit of a U-statistic of order k", "Hoeffding 1963, theorem 1 and section 5")
def episodes_kl(mean: sp.Expr, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For the mean, over k-subsets of l independent classes with their samples or over chopped permutations,
    of an unbiased error of k classes in [0, 1], one of F:
    P(E err <= sup{q : kl(mean, q) <= x/floor(l/k)}) >= 1 - F exp(-x)."""
    if mean not in (U, all_episodes):
        raise ValueError(f"{mean} is no mean over episodes")
    claim = _le(transfer_error, KlUpper(mean, x / sp.floor(l / k)))
    return [], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


all_episodes = sp.Symbol("U_all", nonnegative=True)
"""The mean error over all episodes of the source classes, where U is that over some drawn at random."""
RANDOM_SCALARS.add(all_episodes)


@lemma("Hoeffding's inequality for random episodes", "Hoeffding 1963, theorem 1, given classes and samples")
def random_episodes(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For U the mean error over B_ep independent random episodes of the classes, one of F maps:
    P(mean over all episodes <= U + sqrt(x/(2 B_ep))) >= 1 - F exp(-x)."""
    claim = _le(all_episodes, U + sp.sqrt(x / (2 * B_ep)))
    return [], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("an episode's error is at most one", "axiom of probability")
def episodes_at_most_one() -> tuple[list[sp.Basic], sp.Basic]:
    """The mean error over all episodes is at most 1."""
    return [], _le(all_episodes, sp.S.One)


@lemma("the relative entropy limit increases", "textbook: kl(u, q) falls in u <= q")
def kl_monotone(u: sp.Expr, u_more: sp.Expr, r: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If u <= u', then sup{q : kl(u, q) <= r} <= sup{q : kl(u', q) <= r}, both u in [0, 1]."""
    return [sp.Ge(u, 0)], sp.Implies(
        sp.And(sp.Le(u, u_more), sp.Le(u_more, 1)), _le(KlUpper(u, r), KlUpper(u_more, r))
    )


# -- samples of the source classes -------------------------------------------------------------------------
feature = fixed("feature")
"""Any feature: a bound on its norm is a bound on all."""


def _for_both(claims: list[sp.Basic], x: sp.Expr) -> sp.Basic:
    """P(a claim holds for all of l classes) >= 1 - l F exp(-x), the claim said of both classes of a pair."""
    return sp.Ge(Prob(ForAllPairs(sp.And(*claims))), 1 - l * F * sp.exp(-x), evaluate=False)


@lemma("variance of bounded features", "textbook: E|z - mu|^2 = E|z|^2 - |mu|^2")
def variance_of_bounded(v: sp.Symbol) -> tuple[list[sp.Basic], sp.Basic]:
    """If features have norm at most R, then v_c <= R^2."""
    if v not in (v_i, v_j):
        raise ValueError(f"{v} is no variance of a class")
    return [sp.Le(Norm(feature), R)], _le(v, R**2)


@lemma("McDiarmid's inequality for the length of a mean", "Boucheron, Lugosi, Massart (2013), example 6.3")
def mcdiarmid_means(off_i: sp.Symbol, off_j: sp.Symbol, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For means of m centred draws of features of norm at most R: with probability at least 1 - l F exp(-x),
    |off_c| <= E|off_c| + R sqrt(2x/m) for all l classes c and the map in use, one of F."""
    _means_of_samples(off_i, off_j)
    claims = [_le(Norm(off), mean(Norm(off)) + R * sp.sqrt(2 * x / m)) for off in (off_i, off_j)]
    return [sp.Le(Norm(feature), R)], _for_both(claims, x)


@lemma("Hoeffding's inequality for sample variances", "Hoeffding 1963, section 5, kernel |z - z'|^2/2")
def hoeffding_variances(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For m >= 2 samples of features of norm at most R: with probability at least 1 - l F exp(-x),
    v_c <= m v_hat_c/(m-1) + 2 R^2 sqrt(x/(2 floor(m/2))) for all l classes c and the map in use, one of F."""
    radius = 2 * R**2 * sp.sqrt(x / (2 * sp.floor(m / 2)))
    claims = [_le(v, m * v_hat / (m - 1) + radius) for v, v_hat in ((v_i, v_hat_i), (v_j, v_hat_j))]
    return [sp.Le(Norm(feature), R), sp.Ge(m, 2)], _for_both(claims, x)


@lemma("empirical Bernstein for variances", "Maurer, Pontil 2009, theorem 4, on |z - z'|^2/2 in [0, 2R^2]")
def maurer_pontil_variances(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For M = floor(m/2) >= 2 disjoint pairs of samples, Y and S^2 the mean and the sample variance of
    |z - z'|^2/2: with probability at least 1 - l F exp(-x),
    v_c <= Y + sqrt(2 S^2 (x + log 2)/M) + 14 R^2 (x + log 2)/(3(M-1)) for all l classes c and the map in
    use, one of F."""
    M, log_term = sp.floor(m / 2), x + sp.log(2)
    claims = [
        _le(v, Y + sp.sqrt(2 * S * log_term / M) + 14 * R**2 * log_term / (3 * (M - 1)))
        for v, Y, S in ((v_i, Y_i, Yvar_i), (v_j, Y_j, Yvar_j))
    ]
    return [sp.Le(Norm(feature), R), sp.Ge(m, 4)], _for_both(claims, x)


@lemma("Bousquet's inequality", "Bousquet 2002, theorem 2.3, for a supremum over unit vectors")
def bousquet_means(off_i: sp.Symbol, off_j: sp.Symbol, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For means of m centred draws of norm at most 2R: with probability at least 1 - l F exp(-x),
    |off_c| <= E|off_c| + sqrt(2x(v_c + 4R E|off_c|)/m) + 2Rx/(3m) for all l classes c and the map in use, one
    of F."""
    _means_of_samples(off_i, off_j)
    claims = []
    for off, v in ((off_i, v_i), (off_j, v_j)):
        E = mean(Norm(off))
        claims.append(_le(Norm(off), E + sp.sqrt(2 * x * (v + 4 * R * E) / m) + 2 * R * x / (3 * m)))
    return [sp.Le(Norm(feature), R)], _for_both(claims, x)


def _means_of_samples(*offs: sp.Symbol) -> None:
    for law, off in zip("ij", offs, strict=True):
        vector = VECTORS.get(off)
        if vector is None or vector.kind != "mean" or str(vector.law) != law or vector.count != m:
            raise ValueError(f"{off} is no mean of m samples of class {law}")


# -- empirical Bernstein over new classes ------------------------------------------------------------------
half_square = sp.Symbol("g", nonnegative=True)
"""Half the squared difference of the kernel at two disjoint pairs of classes."""
disjoint_mean = sp.Symbol("g_mean", nonnegative=True)
"""Its mean over all ordered quadruples of distinct source classes."""
RANDOM_SCALARS |= {half_square, disjoint_mean}
variance_of_kernel = Expect((kernel - mean_kernel) ** 2)


@lemma("Bernstein's inequality for U-statistics", "Hoeffding 1963, section 5, with Bernstein's moments")
def u_statistic_bernstein(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For a kernel in [0, b], one of F, with variance s over pairs of independent classes, and its mean U
    over l of them, K = floor(l/2): P(E h <= U + sqrt(2 s x/K) + b x/(3 K)) >= 1 - F exp(-x)."""
    K = sp.floor(l / 2)
    claim = _le(mean_kernel, U + sp.sqrt(2 * variance_of_kernel * x / K) + b * x / (3 * K))
    return [sp.Le(kernel, b)], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("lower tail of a nonnegative U-statistic", "Maurer 2003, theorem 1, by blocks of four classes")
def variance_lower_tail(x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For g half the squared difference of one of F kernels at disjoint pairs, its mean over quadruples of l
    classes, and K4 = floor(l/4): P(E g <= mean + sqrt(2 E g^2 x/K4)) >= 1 - F exp(-x)."""
    spread = sp.sqrt(2 * Expect(half_square**2) * x / sp.floor(l / 4))
    claim = _le(Expect(half_square), disjoint_mean + spread)
    return [], sp.Ge(Prob(claim), 1 - F * sp.exp(-x), evaluate=False)


@lemma("half a squared difference", "textbook: the variance as a mean of two independent copies")
def half_square_mean() -> tuple[list[sp.Basic], sp.Basic]:
    """E g = E (h - E h)^2."""
    return [], sp.Eq(Expect(half_square), variance_of_kernel, evaluate=False)


@lemma("half a squared difference of bounded numbers", "textbook")
def half_square_bounded() -> tuple[list[sp.Basic], sp.Basic]:
    """If the kernel is in [0, b], then g <= b^2/2."""
    return [sp.Le(kernel, b)], _le(half_square, b**2 / 2)


@lemma("sums over disjoint pairs", "inclusion and exclusion of shared classes")
def disjoint_pairs() -> tuple[list[sp.Basic], sp.Basic]:
    """With l >= 4: mean of g over quadruples = Q/(l(l-1)) - (S^2 - 4 r + 2 Q)/(l(l-1)(l-2)(l-3)), for S
    the sum of the kernel over ordered pairs, Q that of its squares and r that of its squared row sums."""
    products = h_sum**2 - 4 * h_rows + 2 * h_squares
    right = h_squares / (l * (l - 1)) - products / (l * (l - 1) * (l - 2) * (l - 3))
    return [sp.Ge(l, 4)], sp.Eq(disjoint_mean, right, evaluate=False)


@lemma("rounding down", "meaning of floor")
def floor_at_least(x: sp.Expr, q: sp.Integer) -> tuple[list[sp.Basic], sp.Basic]:
    """If x >= q for a whole number q, then floor(x) >= q."""
    if not q.is_Integer:
        raise ValueError("q is a whole number")
    return [sp.Ge(x, q)], sp.Ge(sp.floor(x), q, evaluate=False)


# -- a finite pool of classes --------------------------------------------------------------------------------
class Swing(sp.Function):  # type: ignore[misc]
    """Largest change of a mean over the l source classes when one of them is exchanged; opaque."""

    is_real = True
    is_extended_real = True


def _mean_over_sources(h: sp.Expr) -> sp.Expr:
    return U if h == kernel else Avg(h)


@lemma("exchanging one class", "counting: 2(l-1) of the l(l-1) ordered pairs hold a given class")
def swing_of_mean(h: sp.Expr, top: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If h is in [0, top], exchanging a class changes its mean over ordered pairs by at most 2 top/l."""
    return [sp.Ge(h, 0), sp.Le(h, top)], _le(Swing(_mean_over_sources(h)), 2 * top / l)


@lemma("McDiarmid's inequality without replacement", "El-Yaniv, Pechyony 2009, lemma 2: its martingale")
def without_replacement(h: sp.Expr, swing: sp.Expr, x: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """For l of L distinct classes, drawn uniformly, and h one of F kernels whose mean over them changes by at
    most ``swing`` when a class is exchanged: if l < L, then
    mean over the pool <= mean over the classes + swing (L-l) sqrt(x/2 sum_{i=1}^l (L-i)^-2),
    with probability at least 1 - F exp(-x)."""
    average, i = _mean_over_sources(h), sp.Symbol("i", integer=True, positive=True)
    spread = sp.Sum((L_pool - i) ** -2, (i, 1, sp.Min(l, L_pool - 1)))
    claim = _le(Expect(h), average + swing * (L_pool - l) * sp.sqrt(x * spread / 2))
    event = sp.Implies(sp.Lt(l, L_pool), claim)
    return [sp.Le(Swing(average), swing)], sp.Ge(Prob(event), 1 - F * sp.exp(-x), evaluate=False)


@lemma("the whole pool", "meaning of a mean over all classes of the pool")
def whole_pool(h: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If l >= L, the mean over the classes is that over the pool."""
    return [], sp.Implies(sp.Ge(l, L_pool), sp.Eq(Expect(h), _mean_over_sources(h)))


# -- learned maps -------------------------------------------------------------------------------------------
def tilted(t: sp.Expr, count: sp.Expr) -> sp.Expr:
    """exp(count (-t U - log(1 - q + q e^-t))) at the mean error q of the maps."""
    q = mean_map_error
    return sp.exp(count * (-t * U - sp.log(1 - q + q * sp.exp(-t))))


@lemma("exponential supermartingale of tested maps", "Hoeffding 1963, (4.1), block by block; Jensen for log")
def blocks_exponential(t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If each map is learned from blocks before the one it is tested on, by N_r disjoint tuples of new
    classes with errors in [0, 1], then E exp(N (-t U - log(1 - q + q e^-t))) <= 1 for every fixed t, with U
    and q the N_r-weighted means of measured and true errors."""
    _fixed(t)
    return [], _le(Expect(tilted(t, N_blocks)), sp.S.One)


@lemma("exponential moment of cross-validated maps", "Hoeffding 1963, (4.1), fold by fold; Jensen over folds")
def folds_exponential(t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If each of K maps is learned without the fold it is tested on, by N_0 = floor(l/(K k)) disjoint tuples
    of classes, then E exp(N_0 (-t U - log(1 - q + q e^-t))) <= 1 for every fixed t, with U and q the means
    of measured and true errors over the folds."""
    _fixed(t)
    return [], _le(Expect(tilted(t, sp.floor(l / (folds * k)))), sp.S.One)


def _fixed(expression: sp.Expr) -> None:
    if sources(expression):
        raise ValueError(f"{expression} must be fixed before anything is drawn")


@lemma("a mean of errors is at most one", "axiom of probability")
def map_error_at_most_one() -> tuple[list[sp.Basic], sp.Basic]:
    """The mean transfer error of the maps is at most 1."""
    return [], _le(mean_map_error, sp.S.One)


@lemma("plurality vote", "Markov: where the vote errs, at least half of the weight errs")
def vote() -> tuple[list[sp.Basic], sp.Basic]:
    """The vote's transfer error is at most twice the weighted mean transfer error of the voters."""
    return [], _le(vote_error, 2 * mean_map_error)


@lemma("Hoeffding's lemma", "Hoeffding 1963, (4.16): second derivative of a cumulant of values in [0, 1]")
def hoeffding_lemma(q: sp.Expr, t: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If 0 <= q <= 1, then log(1 - q + q e^-t) <= -t q + t^2/8."""
    return [sp.Ge(q, 0), sp.Le(q, 1)], _le(sp.log(1 - q + q * sp.exp(-t)), -t * q + t**2 / 8)


@lemma("mixture limit", "meaning of a supremum")
def mixture_limit(
    q: sp.Expr, u: sp.Expr, N: sp.Expr, failure: sp.Expr, *tilts: sp.Expr
) -> tuple[list[sp.Basic], sp.Basic]:
    """If 0 <= q <= 1 and the mean over tilts t of exp(N (-t u - log(1 - q + q e^-t))) is at most 1/delta,
    then q is at most the largest number of that kind."""
    terms = [sp.exp(N * (-t * u - sp.log(1 - q + q * sp.exp(-t)))) for t in tilts]
    small = _le(sp.Add(*terms) / len(tilts), 1 / failure)
    return [sp.Ge(q, 0), sp.Le(q, 1)], sp.Implies(small, _le(q, MixtureUpper(u, N, failure, *tilts)))


@lemma("the logarithm increases", "textbook")
def log_of_less(x: sp.Expr, z: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If z > 0 and exp x < z, then x < log z."""
    return [sp.Gt(z, 0), *_defined(x)], sp.Implies(sp.Lt(sp.exp(x), z), sp.Lt(x, sp.log(z), evaluate=False))


@lemma("the exponential increases", "textbook")
def exp_of_less(x: sp.Expr, z: sp.Expr) -> tuple[list[sp.Basic], sp.Basic]:
    """If z > 0 and x < log z, then exp x < z."""
    return [sp.Gt(z, 0), *_defined(x)], sp.Implies(sp.Lt(x, sp.log(z)), sp.Lt(sp.exp(x), z, evaluate=False))
