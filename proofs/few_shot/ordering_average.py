"""The average of `cdnv_sharp` over pairs, times k - 1, is at most `cdnv_2022`."""

from proofs.argument import Argument, Proof
from proofs.few_shot.cdnv_2022 import average_of_sharp
from theory.bound import Statement


def proof(bound: Statement) -> Proof:
    p = Argument.about(bound)
    average_of_sharp(p)
    p.inequality(
        "order",
        "The mean of the pair bounds is linear in its terms, which gives the order.",
        p.goal,
        "mean",
        "linear",
        "ways",
    )
    return p.finish()
