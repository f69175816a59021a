"""The true and the sample distance differ by at most the two radii: the triangle inequality."""

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.model import SAMPLE_DISTANCE, D
from proofs.kernel.terms import Norm
from proofs.new_samples.radii import off_i, off_j
from theory.bound import Bound
from theory.quantities import eps_i, eps_j, eta_i, eta_j, v_hat_i, v_hat_j, v_i, v_j

PROVES = ("cdnv_perturbation", "cdnv_perturbation_from_samples")


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("sample", "off_c is how far the sample mean of class c is off", SAMPLE_DISTANCE)
    p.assume("mean i", "radius of the mean of class i", Norm(off_i) <= eps_i)
    p.assume("mean j", "radius of the mean of class j", Norm(off_j) <= eps_j)
    p.assume("variance i", "radius of the variance of class i", v_i <= v_hat_i + eta_i)
    p.assume("variance j", "radius of the variance of class j", v_j <= v_hat_j + eta_j)
    p.cite("first", "The sample distance exceeds the true one", lemmas.triangle(D + off_j, -off_i))
    p.cite("second", "by the two errors at most.", lemmas.triangle(D, off_j))
    relative = "A_rel" if bound.name == "cdnv_perturbation" else "A_hat"
    meanings = ("V_hat", relative, "B_rel")
    radii = ("sample", "mean i", "mean j", "variance i", "variance j")
    p.inequality("bound", "Put in the radii.", p.goal, "first", "second", *radii, *meanings)
    return p.finish()
