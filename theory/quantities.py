"""The one table of names: symbol, meaning, and the field of ``ClassGeometry`` that holds it.

A statement is written in these symbols and nothing else. ``index`` says how a quantity varies:
``i`` is the query's class, ``j`` and ``l`` are other classes, ``r`` is a coordinate axis. ``power`` is
its dimension in units of length (variances have 2), which is what scale invariance is checked with.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import sympy as sp


@dataclass(frozen=True)
class Mark:
    """One letter of a printed symbol with its subscript and superscript."""

    base: str
    sub: str = ""
    sup: str = ""


@dataclass(frozen=True)
class Quantity:
    """A named number that statements may use.

    ``source`` tells where its value comes from: ``geometry`` (a field of ``ClassGeometry``), ``setting``
    (shots, ways, dimension), ``granted`` (the value of a granted assumption), ``free`` (a parameter
    that a family of bounds may choose), ``evidence`` (a field of what was seen of the source classes), or
    ``chosen`` (picked before anything is seen: a failure probability).
    """

    symbol: sp.Symbol
    meaning: str
    field: str
    index: str = ""
    power: int = 0
    source: str = "geometry"
    marks: tuple[Mark, ...] = dataclasses.field(default=())

    @property
    def name(self) -> str:
        """The symbol's name."""
        return str(self.symbol.name)


TABLE: dict[str, Quantity] = {}

_GREEK = {
    "lambda": "λ",
    "kappa": "κ",
    "sigma": "σ",
    "delta": "δ",
    "mu": "μ",
    "pi": "π",
    "top": "⊤",
    "Gamma": "Γ",
}
_GREEK |= {
    "Lambda": "Λ",
    "Delta": "Δ",
    "eta": "η",
    "epsilon": "ε",
    "gamma": "γ",
    "alpha": "α",
    "beta": "β",
    "rho": "ρ",
    "Sigma": "Σ",
}


def greek(name: str) -> str:
    """The character for a Greek letter's name, or the name itself."""
    return _GREEK.get(name, name)


def is_greek(name: str) -> bool:
    """Whether the name is that of a Greek letter."""
    return name in _GREEK


def quantity(  # noqa: PLR0913 - one argument for each column of the table
    name: str,
    meaning: str,
    field: str,
    index: str = "",
    *,
    power: int = 0,
    source: str = "geometry",
    marks: tuple[Mark, ...] | None = None,
    **assumed: bool,
) -> sp.Symbol:
    """Enter a quantity into the table and return its symbol.

    Raises ValueError when the name is taken: two meanings under one name are a bug.
    """
    if name in TABLE:
        raise ValueError(f"quantity '{name}' exists already: {TABLE[name].meaning}")
    if not assumed:
        assumed = {"nonnegative": True}
    symbol = sp.Symbol(name, real=True, **assumed)
    if marks is None:
        base, _, sub = name.partition("_")
        marks = (Mark(base, sub),)
    TABLE[name] = Quantity(symbol, meaning, field, index, power, source, marks)
    return symbol


def lookup(symbol: sp.Symbol) -> Quantity | None:
    """The table's entry for a symbol, or None for a symbol that is no quantity."""
    entry = TABLE.get(str(symbol.name))
    return entry if entry is not None and entry.symbol == symbol else None


def local(name: str, meaning: str, *marks: Mark, **assumed: bool) -> sp.Symbol:
    """A symbol that a statement defines for itself in its ``where`` clauses.

    name : of the symbol. meaning : a phrase for the report. marks : how it is printed; by its name where
    none are given. assumed : SymPy's signs, like ``positive=True``.
    """
    symbol = sp.Symbol(name, real=True, **assumed)
    LOCALS[symbol] = Quantity(symbol, meaning, "", source="local", marks=marks or (Mark(name),))
    return symbol


LOCALS: dict[sp.Symbol, Quantity] = {}


def for_class_l(expression: sp.Expr) -> sp.Expr:
    """The same expression about the pair (i, l) in place of (i, j)."""
    # All at once, and by structure alone: ``subs`` asks of every sum in the expression whether it is one of
    # the symbols, which was two thirds of the time that some proofs take.
    return expression.xreplace({symbol: _twin(symbol) for symbol in expression.free_symbols})


def _twin(symbol: sp.Symbol) -> sp.Symbol:
    entry = lookup(symbol)
    if entry is None or "j" not in entry.index:
        return symbol
    name = f"{entry.name}_at_l"
    if name not in TABLE:
        twin = sp.Symbol(name, **symbol._assumptions_orig)
        marks = tuple(
            Mark(
                mark.base,
                "l" if not mark.sub and mark.base in "duD" else mark.sub.replace("j", "l"),
                mark.sup,
            )
            for mark in entry.marks
        )
        TABLE[name] = Quantity(
            twin,
            f"{entry.meaning} (class l in place of j)",
            entry.field,
            entry.index.replace("j", "l"),
            entry.power,
            entry.source,
            marks,
        )
    return TABLE[name].symbol


# -- the setting ---------------------------------------------------------------------------------
n = quantity("n", "shots: support draws of each class", "shots", source="setting", positive=True)
n_i = quantity("n_i", "shots of the query's class", "shots", source="setting", positive=True)
n_j = quantity("n_j", "shots of the other class", "shots", source="setting", positive=True)
k = quantity("k", "ways: number of classes to tell apart", "ways", source="setting", positive=True)
p = quantity("p", "dimension of the features", "dimension", source="setting", positive=True)

# -- one class -----------------------------------------------------------------------------------
v_i = quantity("v_i", "variance of class i, tr S_i", "variances", "i", power=2)
v_j = quantity("v_j", "variance of class j, tr S_j", "variances", "j", power=2)
lam_i = quantity(
    "lam_i",
    "largest eigenvalue of S_i",
    "largest_eigenvalues",
    "i",
    power=2,
    marks=(Mark("lambda", "i"),),
)
trS2_i = quantity(
    "trS2_i", "tr S_i^2", "squared_traces", "i", power=4, marks=(Mark("tr"), Mark("S", "i", "2"))
)
trS2_j = quantity(
    "trS2_j", "tr S_j^2", "squared_traces", "j", power=4, marks=(Mark("tr"), Mark("S", "j", "2"))
)
M4_i = quantity(
    "M4_i",
    "fourth moment of class i, E|z - mu_i|^4",
    "fourth_moments",
    "i",
    power=4,
    marks=(Mark("M", "4,i"),),
)
M4_j = quantity(
    "M4_j",
    "fourth moment of class j, E|z - mu_j|^4",
    "fourth_moments",
    "j",
    power=4,
    marks=(Mark("M", "4,j"),),
)
kap_i = quantity(
    "kap_i",
    "largest directional fourth moment of class i, sup over unit h of E(h.(z - mu_i))^4",
    "directional_fourth_moments",
    "i",
    power=4,
    marks=(Mark("kappa", "i"),),
)
T_i = quantity(
    "T_i",
    "sum of the k-1 largest eigenvalues of S_i",
    "top_eigenvalue_sums",
    "i",
    power=2,
)

# -- an ordered pair, D = mu_j - mu_i, d = |D|, u = D/d ----------------------------------------------
d = quantity("d", "distance of the means of classes i and j", "distances", "ij", power=1, positive=True)
dir_i = quantity(
    "dir_i",
    "variance of class i along the line between the means, u'S_i u",
    "directional_variances",
    "ij",
    power=2,
    marks=(Mark("u", "", "top"), Mark("S", "i"), Mark("u")),
)
dir_j = quantity(
    "dir_j",
    "variance of class j along the line between the means, u'S_j u",
    "directional_variances",
    "ji",
    power=2,
    marks=(Mark("u", "", "top"), Mark("S", "j"), Mark("u")),
)
trSS = quantity(
    "trSS",
    "tr S_i S_j",
    "trace_products",
    "ij",
    power=4,
    marks=(Mark("tr"), Mark("S", "i"), Mark("S", "j")),
)
Dt_j = quantity(
    "Dt_j",
    "D.t_j with the third moment t_j = E|z - mu_j|^2 (z - mu_j)",
    "third_moments_along",
    "ij",
    power=4,
    marks=(Mark("D"), Mark("·"), Mark("t", "j")),
    finite=True,
)
DSD_jl = quantity(
    "DSD_jl",
    "covariance of class i between the directions of two other classes, D_j'S_i D_l",
    "cross_variances",
    "ijl",
    power=4,
    marks=(Mark("D", "j", "top"), Mark("S", "i"), Mark("D", "l")),
    finite=True,
)

# -- the pair margin M at n shots: moments of a whole ordered pair, not of its classes ---------------------
mean_M = quantity(
    "mean_M",
    "mean of the margin, E M",
    "margin_moments",
    "ij",
    power=2,
    marks=(Mark("E"), Mark("M")),
    finite=True,
)


def _central(order: int) -> sp.Symbol:
    meaning = f"central moment of order {order} of the margin, E(M - E M)^{order}"
    name, power = f"C_{order}", 2 * order
    if order % 2:
        return quantity(name, meaning, "margin_moments", "ij", power=power, finite=True)
    return quantity(name, meaning, "margin_moments", "ij", power=power)


C_2, C_3, C_4, C_5, C_6, C_7, C_8 = map(_central, range(2, 9))
MARGIN_MOMENTS = (mean_M, C_2, C_3, C_4, C_5, C_6, C_7, C_8)
"""The mean and the central moments of order 2, 3, ...: a statement needs those up to its largest."""

# -- the margin against the nearest of the other classes: its law where class j is that class ---------------
NEAREST = "class j has the nearest centre to the query among all the other classes (ties are shared equally)"
near_0 = quantity(
    "near_0",
    f"probability that {NEAREST}; of more than k classes, mean over the choices of k that hold i and j",
    "nearest_moments",
    "ij",
    marks=(Mark("pi", "j"),),
)
near_mean = quantity(
    "near_mean",
    f"mean of the margin given that {NEAREST}",
    "nearest_moments",
    "ij",
    power=2,
    marks=(Mark("m", "j"),),
    finite=True,
)


def _central_near(order: int) -> sp.Symbol:
    meaning = f"central moment of order {order} of the margin given that {NEAREST}"
    name, power, marks = f"near_{order}", 2 * order, (Mark("C", f"{order},j"),)
    if order % 2:
        return quantity(name, meaning, "nearest_moments", "ij", power=power, marks=marks, finite=True)
    return quantity(name, meaning, "nearest_moments", "ij", power=power, marks=marks)


NEAREST_MOMENTS = (near_0, near_mean, *map(_central_near, range(2, 9)))
"""The probability, the mean and the central moments of order 2, 3, ..."""

# -- granted assumptions ---------------------------------------------------------------------------
s = quantity(
    "s",
    "1/p when every class is spherically symmetric, else 1",
    "SphericallySymmetric",
    source="granted",
    positive=True,
)
sigma = quantity(
    "sigma",
    "sub-Gaussian proxy: E exp(t u.(z - mu)) <= exp(t^2 sigma^2 / 2) for unit u, classes i and j",
    "SubGaussian",
    "ij",
    power=1,
    source="granted",
    marks=(Mark("sigma"),),
    positive=True,
)
s_r = quantity(
    "s_r",
    "sub-Gaussian proxy variance of class i along axis r",
    "SubGaussianAxes",
    "ir",
    power=2,
    source="granted",
)
g_r = quantity(
    "g_r",
    "sub-Gaussian proxy variance of class j along axis r",
    "SubGaussianAxes",
    "jr",
    power=2,
    source="granted",
)
D_r = quantity(
    "D_r",
    "difference of the means of classes j and i along axis r",
    "differences",
    "ijr",
    power=1,
    finite=True,
)
std = quantity(
    "std",
    "common standard deviation per coordinate of isotropic Gaussian classes",
    "EqualIsotropicGaussian",
    power=1,
    source="granted",
    marks=(Mark("sigma"),),
    positive=True,
)

# -- samples of source classes: what sections on new samples, new classes and transfer are stated in --
# ``evidence`` quantities are fields of an object of ``theory.evidence``; ``chosen`` ones are picked
# before any class is seen (a failure probability, a tilt).
failure = quantity(
    "failure", "failure probability", "failure", source="chosen", marks=(Mark("delta"),), positive=True
)
failure_s = quantity(
    "failure_s",
    "failure probability spent on the samples of the classes",
    "failure_s",
    source="chosen",
    marks=(Mark("delta", "s"),),
    positive=True,
)
failure_c = quantity(
    "failure_c",
    "failure probability spent on the draw of the classes",
    "failure_c",
    source="chosen",
    marks=(Mark("delta", "c"),),
    positive=True,
)
failure_e = quantity(
    "failure_e",
    "failure probability spent on the draw of the episodes",
    "failure_e",
    source="chosen",
    marks=(Mark("delta", "e"),),
    positive=True,
)
tilt = quantity(
    "tilt",
    "tilt of an exponential bound, fixed before the test classes are seen",
    "tilt",
    source="chosen",
    marks=(Mark("lambda"),),
    positive=True,
)
l = quantity("l", "number of source classes", "class_count", source="evidence", positive=True)
m = quantity("m", "samples of each source class", "samples_per_class", source="evidence", positive=True)
F = quantity(
    "F",
    "size of the family of feature maps, fixed in advance, that the map was picked from",
    "FiniteFamilyOfMaps",
    source="granted",
    marks=(Mark("|F|"),),
    positive=True,
)
R = quantity(
    "R", "radius: largest norm of a feature", "BoundedFeatures", power=1, source="granted", positive=True
)
v_hat_i = quantity(
    "v_hat_i",
    "sample variance of class i with denominator m",
    "sample_variances",
    "i",
    power=2,
    source="evidence",
    marks=(Mark("v̂", "i"),),
)
v_hat_j = quantity(
    "v_hat_j",
    "sample variance of class j with denominator m",
    "sample_variances",
    "j",
    power=2,
    source="evidence",
    marks=(Mark("v̂", "j"),),
)
d_hat = quantity(
    "d_hat",
    "distance of the sample means of classes i and j",
    "sample_distances",
    "ij",
    power=1,
    source="evidence",
    marks=(Mark("d̂"),),
    positive=True,
)
eps_i = quantity(
    "eps_i",
    "radius of the sample mean of class i: at least |sample mean - mu_i|",
    "mean_radii",
    "i",
    power=1,
    source="evidence",
    marks=(Mark("epsilon", "i"),),
)
eps_j = quantity(
    "eps_j",
    "radius of the sample mean of class j: at least |sample mean - mu_j|",
    "mean_radii",
    "j",
    power=1,
    source="evidence",
    marks=(Mark("epsilon", "j"),),
)
eta_i = quantity(
    "eta_i",
    "radius of the sample variance of class i: at least v_i - v_hat_i",
    "variance_radii",
    "i",
    power=2,
    source="evidence",
    marks=(Mark("eta", "i"),),
    finite=True,
)
eta_j = quantity(
    "eta_j",
    "radius of the sample variance of class j: at least v_j - v_hat_j",
    "variance_radii",
    "j",
    power=2,
    source="evidence",
    marks=(Mark("eta", "j"),),
    finite=True,
)
Y_i = quantity(
    "Y_i",
    "mean over disjoint pairs of samples of class i of |z - z'|^2/2",
    "half_square_means",
    "i",
    power=2,
    source="evidence",
    marks=(Mark("Ȳ", "i"),),
)
Y_j = quantity(
    "Y_j",
    "mean over disjoint pairs of samples of class j of |z - z'|^2/2",
    "half_square_means",
    "j",
    power=2,
    source="evidence",
    marks=(Mark("Ȳ", "j"),),
)
Yvar_i = quantity(
    "Yvar_i",
    "sample variance over disjoint pairs of samples of class i of |z - z'|^2/2",
    "half_square_variances",
    "i",
    power=4,
    source="evidence",
    marks=(Mark("S", "i", "2"),),
)
Yvar_j = quantity(
    "Yvar_j",
    "sample variance over disjoint pairs of samples of class j of |z - z'|^2/2",
    "half_square_variances",
    "j",
    power=4,
    source="evidence",
    marks=(Mark("S", "j", "2"),),
)
U = quantity(
    "U",
    "mean over the source classes: of the kernel over ordered pairs, or of the error over episodes",
    "average",
    source="evidence",
)
b = quantity("b", "upper end of the kernel's range [0, b]", "upper", source="evidence", positive=True)
h_sum = quantity(
    "h_sum",
    "sum of the kernel over ordered pairs of source classes",
    "total",
    source="evidence",
    marks=(Mark("S", "h"),),
)
h_squares = quantity(
    "h_squares",
    "sum of the squared kernel over ordered pairs of source classes",
    "total_of_squares",
    source="evidence",
    marks=(Mark("Q", "h"),),
)
h_rows = quantity(
    "h_rows",
    "sum over source classes i of the square of sum over j of the kernel",
    "squared_row_sums",
    source="evidence",
    marks=(Mark("r", "h"),),
)
L_pool = quantity(
    "L_pool",
    "number of classes in a finite pool",
    "DistinctClassesFromPool",
    source="granted",
    marks=(Mark("L"),),
    positive=True,
)
V_max = quantity(
    "V_max", "largest CDNV (half) of two classes of the pool", "BoundedCdnv", source="granted", positive=True
)
B_ep = quantity(
    "B_ep",
    "number of episodes drawn at random",
    "episodes",
    source="evidence",
    marks=(Mark("B"),),
    positive=True,
)


def _of_labeling(
    name: str, meaning: str, field: str, mark: Mark, *, power: int = 0, **assumed: bool
) -> tuple[sp.Symbol, ...]:
    """The same quantity of the first and of the second of two labelings."""
    return tuple(
        quantity(
            name.format(number),
            meaning.format(which=word, number=number),
            f"{field}_{word}",
            source="evidence",
            marks=(Mark(mark.base, str(number), mark.sup),),
            index="",
            power=power,
            **assumed,
        )
        for number, word in ((1, "first"), (2, "second"))
    )


K1, K2 = _of_labeling("K{}", "number of classes of the {which} labeling", "classes", Mark("K"), positive=True)
d1, d2 = _of_labeling(
    "d{}",
    "distance of the two class means of the {which} labeling",
    "distances",
    Mark("d"),
    power=1,
    positive=True,
)
W1, W2 = _of_labeling(
    "W{}",
    "mean over the classes of the {which} labeling of their variance along its axis, over d{number}^2",
    "along_axis",
    Mark("W"),
)
W1_max, W2_max = _of_labeling(
    "W{}_max",
    "largest over the classes of the {which} labeling of their variance along its axis, over d{number}^2",
    "worst_along_axis",
    Mark("W", "", "max"),
)
N_blocks = quantity(
    "N_blocks",
    "sum over test blocks of floor(block size / k)",
    "effective_tuples",
    source="evidence",
    marks=(Mark("N"),),
    positive=True,
)
N_fold = quantity(
    "N_fold",
    "floor(fold size / k) of the smallest test fold",
    "smallest_tuples",
    source="evidence",
    marks=(Mark("N", "0"),),
    positive=True,
)
Lam = quantity(
    "Lam",
    "largest Frobenius norm of the linear maps allowed",
    "BoundedLinearMaps",
    power=1,
    source="granted",
    marks=(Mark("Lambda"),),
    positive=True,
)
floor_d = quantity(
    "floor_d",
    "floor put under the distance of two mapped means, fixed in advance",
    "BoundedLinearMaps",
    power=1,
    source="granted",
    marks=(Mark("Delta"),),
    positive=True,
)
R_x = quantity(
    "R_x",
    "largest norm of an input of the linear maps",
    "BoundedLinearMaps",
    source="granted",
    marks=(Mark("R", "x"),),
    positive=True,
)
nearness = quantity(
    "nearness",
    "radius of a ball in (mean, variance) around a support point of the population of classes",
    "nearness",
    source="chosen",
    marks=(Mark("epsilon"),),
    positive=True,
)
v_0 = quantity("v_0", "variance at that support point", "v_0", power=2, source="chosen", positive=True)
