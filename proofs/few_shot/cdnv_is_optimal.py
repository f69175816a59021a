"""The law's error from its three ties, its moments, and their quotient as the noise t tends to zero."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import rare_draws as law
from proofs.few_shot.rare_draws import (
    CHANCES,
    MEANINGS,
    B_t,
    across,
    at_t,
    c0,
    end,
    gamma,
    h,
    half_way,
    lam_t,
    other,
    other_law,
    other_steps,
    own_law,
    own_steps,
    q1,
    q2,
    q3,
    rest,
    side,
    t,
    v_it,
    v_jt,
)
from proofs.kernel.atoms import drawn_event
from proofs.kernel.model import MARGIN, D, i, j
from proofs.kernel.terms import Dot
from theory.bound import Bound
from theory.expressions import Prob, pair_error
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.quantities import lam_i, n, v_i, v_j

closeness = (1 - q1 / 2 - n * q3).xreplace({q1: CHANCES[0] * t, q3: CHANCES[2] * t})
NAMES = ("half way", "own centre", "other centre")
HALF_WAY, ACROSS, MET = (
    drawn_event(h, c0, other),
    drawn_event(c0, c0 + side, other),
    drawn_event(c0, c0, c0 - D),
)
UNDISTURBED = (1 - (n + 1) * (q1 + q2)) * (1 - n * q3)
LEAST = (q1 + n * q2 + n * q3) * UNDISTURBED
LARGEST = cdnv_sharp.statement * t * gamma**2
sharp_t = cdnv_sharp.statement.subs(at_t, simultaneous=True)


def proof(bound: Bound) -> Proof:
    a = Argument.about(bound)
    law.the_law(a)
    law.little_noise(a)
    ties(a)
    error(a)
    moments(a)
    total = CHANCES[0] + n * CHANCES[1] + n * CHANCES[2]
    f = total * (1 - (n + 1) * (CHANCES[0] + CHANCES[1]) * t) * (1 - n * CHANCES[2] * t)
    g = cdnv_sharp.statement / closeness**2
    a.identity("in t", "Put in the probabilities.", sp.Eq(LEAST, t * f), *MEANINGS)
    a.inequality("f", "So the error is at least t f,", pair_error >= t * f, "error", "in t")
    a.inequality("t f >= 0", "which is not negative,", sp.Ge(t * f, 0, evaluate=False), "in t", "LEAST >= 0")
    a.identity("g is", "The bound in t.", sp.Eq(LARGEST, t * g), *MEANINGS, "gamma", "close")
    a.inequality("g", "and the bound at most t g.", B_t <= t * g, "sharper", "small", "g is")
    a.inequality("C > 0", "There is noise.", sp.Gt(g.subs(t, 0), 0, evaluate=False), "sizes")
    limit = lemmas.limit_of_quotient(pair_error, B_t, f, g, end)
    a.cite(
        "limit", "The limit of error over bound is at least f(0)/g(0).", limit,
        "end > 0", "noise", "f", "t f >= 0", "positive", "g", "C > 0",
    )  # fmt: skip
    a.inequality("bound", "The limit is that of the family, as stated.", a.goal, "limit", "family", "sizes")
    return a.finish()


def ties(a: Argument) -> None:
    """Each of three outcomes is a tie, and no two of them happen together."""
    for name, outcome, *uses in (
        ("half way", HALF_WAY),
        ("own centre", ACROSS, "orthogonal", "length"),
        ("other centre", MET),
    ):
        a.cite(f"{name} margin", "Put the places in.", lemmas.margin_at(outcome, D, MARGIN), "margin")
        claim = sp.Implies(outcome, pair_error.args[0])
        a.inequality(f"{name} tie", "The outcome is a tie.", claim, f"{name} margin", *uses)
    for name, square, *uses in (
        ("first", Dot(gamma * D / 2, gamma * D / 2)),
        ("second", Dot(side, side), "length"),
    ):
        a.inequality(
            f"{name} differs", "The queries of the two outcomes lie at different places.", square > 0,
            "gamma > 0", *uses,
        )  # fmt: skip
    for name, first, second, *uses in (
        ("across", own_law[1], own_law[2], "length"),
        ("half way and across", own_law[0], own_law[1], "length", "orthogonal"),
        ("half way and rest", own_law[0], own_law[2]),
        ("other", other_law[0], other_law[1]),
    ):
        gap = sp.expand(first[0] - second[0])
        differ = sp.Gt(Dot(gap, gap), 0, evaluate=False)
        a.inequality(f"{name} apart", "The two atoms lie at different places.", differ, "gamma > 0", *uses)


def error(a: Argument) -> None:
    """P(M <= 0) is at least the sum of the three probabilities."""
    known = ["atom i1", "atom i3", "atom j1"]
    laws = (i, j)
    at_rest, other_rest = (rest,), other_law[:1]
    for name, query, own, others, further in (
        ("half way", half_way, at_rest, other_rest, ()),
        ("own centre", rest, (rest, across), other_rest, ("atom i2", "across apart")),
        ("other centre", rest, at_rest, other_law, ("atom j2", "other apart")),
    ):
        drawn_so = lemmas.draws_of_atoms(laws, query, own, others)
        used = known if query is half_way else known[1:]
        a.cite(
            f"{name} chance", "The draws are independent, so the chances of their atoms multiply.", drawn_so,
            *used, *further,
        )  # fmt: skip
    parts = [f"{name} tie" for name in NAMES]
    sum_of = lemmas.exclusive(pair_error.args[0], HALF_WAY, ACROSS, MET)
    a.cite("sum", "The outcomes exclude each other.", sum_of, *parts, "first differs", "second differs")
    for name, q in (("i", q1 + q2), ("j", q3)):
        a.inequality(f"q >= 0 {name}", "A probability is not negative.", q >= 0, "signs")
        a.inequality(f"q <= 1 {name}", "is at most 1.", q <= 1, "signs", "little")
    for name, q, power in (
        ("i n", q1 + q2, n),
        ("i n-1", q1 + q2, n - 1),
        ("j n", q3, n),
        ("j n-1", q3, n - 1),
    ):
        uses = [f"q >= 0 {name[0]}", f"q <= 1 {name[0]}", *["shots"] * (power == n - 1)]
        a.cite(
            f"power {name}", "Bernoulli's inequality: (1 - q)^m >= 1 - m q.", lemmas.bernoulli(q, power),
            *uses,
        )  # fmt: skip
    a.inequality(
        "LEAST >= 0", "With so little noise, no factor of it is negative.", sp.Ge(LEAST, 0, evaluate=False),
        "signs", "little",
    )  # fmt: skip
    for name, outcome, q, powers in (
        ("half way", HALF_WAY, q1, ("i n", "j n")),
        ("own centre", ACROSS, n * q2, ("i n-1", "j n")),
        ("other centre", MET, n * q3, ("i n", "j n-1")),
    ):
        uses = [f"power {power}" for power in powers]
        least = sp.Ge(Prob(outcome), q * UNDISTURBED, evaluate=False)
        a.inequality(
            name, "Bernoulli's inequality bounds each factor from below.", least,
            f"{name} chance", *uses, "signs", "little", "shots",
        )  # fmt: skip
    a.inequality(
        "error", "The three probabilities add up to the least error.", pair_error >= LEAST, "sum", *NAMES
    )


def moments(a: Argument) -> None:
    """The law's moments against those that the family is made for, and the bound at them."""
    own_centre, other_centre = (sp.Add(*(q * Dot(x, D) for x, q in law)) for law in (own_law, other_law))
    a.identity("centred i", "Class i is centred,", sp.Eq(own_centre, 0), "orthogonal")
    a.identity("centred j", "and so is class j.", sp.Eq(other_centre, 0), "gamma", "close")
    atoms_i, atoms_j = (tuple(f"atom {c}{r}" for r in range(1, m + 1)) for c, m in (("i", 3), ("j", 2)))
    apart = ("across apart", "half way and across apart", "half way and rest apart", "orthogonal")
    a.cite(
        "v i", "The variance is the sum over the atoms.", lemmas.variance_of_atoms(v_it, i, side, *own_steps),
        *atoms_i, "centred i", *apart,
    )  # fmt: skip
    a.cite(
        "v j", "The variance is the sum over the atoms.",
        lemmas.variance_of_atoms(v_jt, j, side, *other_steps),
        *atoms_j, "centred j", "other apart", "orthogonal",
    )  # fmt: skip
    spectrum = lemmas.spectrum_of_atoms(lam_t, lam_i * t * gamma**2, i, side, *own_steps)
    along, across_ = spectrum.needs[-2:]
    a.inequality(
        "along", "The stated eigenvalue is at least the variance along D,", along,
        "q_1", "orthogonal", "signs", "little",
    )  # fmt: skip
    a.inequality("across", "and the variance across it.", across_, "q_2", "length", "sizes")
    a.cite(
        "spectrum", "The larger of the two is the largest eigenvalue.", spectrum,
        *atoms_i, "centred i", "orthogonal", "along", "across", *apart,
    )  # fmt: skip
    size = t * gamma**2
    a.inequality(
        "small v i", "Put in q1 and q2.", v_it <= v_i * size,
        "v i", "q_1", "q_2", "orthogonal", "length", "signs",
    )  # fmt: skip
    a.inequality("small v j", "Put in q3.", v_jt <= v_j * size, "v j", "q_3", "gamma", "close", "signs")
    a.inequality(
        "small", "Both variances and the eigenvalue are small, so the bound is.", sharp_t <= LARGEST,
        "small v i", "small v j", "spectrum",
    )  # fmt: skip
    a.inequality(
        "lam > 0", "There is some.", lam_t > 0, "spectrum", "gamma > 0", "orthogonal", "signs", "little"
    )
    a.inequality("positive", "The bound is positive,", sp.Gt(B_t, 0, evaluate=False), "lam > 0", "B_t")
    a.inequality("sharper", "and at most cdnv_sharp.", B_t <= sharp_t, "B_t")
