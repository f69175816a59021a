"""The trusted kernel: everything that the correctness of a checked proof depends on, and nothing else.

A proof is a list of steps. Each has a claim, the premises it uses (earlier steps, hypotheses and
definitions, by name) and one of five kinds of checker; it sees those premises and nothing else. A proof
holds when every step is confirmed and the last claim is the relation it set out to prove.

Claims are read once into terms of the kernel's own (``nodes``), in which nothing cancels by itself. They hold
for all classes that meet the hypotheses and, where random vectors are mentioned outside an expectation, for
every outcome. That is why a step about one j may be summed over j, and averaged.
"""

from __future__ import annotations

from proofs.kernel.check import SECONDS as SECONDS
from proofs.kernel.check import Checked as Checked
from proofs.kernel.check import check_step as check_step
from proofs.kernel.check import obligations as obligations
from proofs.kernel.check import run as run
from proofs.kernel.hypotheses import Hypothesis as Hypothesis
from proofs.kernel.steps import KINDS as KINDS
from proofs.kernel.steps import Instance as Instance
from proofs.kernel.steps import Kind as Kind
from proofs.kernel.steps import Outcome as Outcome
from proofs.kernel.steps import Premise as Premise
from proofs.kernel.steps import Proof as Proof
from proofs.kernel.steps import Step as Step
