"""The cited lemmas, which are trusted without a proof. Each has an exact statement, a reference, and a
numeric test.

A lemma is a function that, at particular arguments, says what must be shown first and what follows; it is
the only thing that may open a probability or an expectation. ``tests/proofs/test_lemmas.py`` evaluates
every lemma on random finite probability spaces, and requires that a false variant of it fails there.
"""

# ruff: noqa: F403 - every name of these files is a lemma, or what one is made of
from proofs.kernel.lemmas.atoms import *
from proofs.kernel.lemmas.axes import *
from proofs.kernel.lemmas.base import LEMMAS as LEMMAS
from proofs.kernel.lemmas.base import Lemma as Lemma
from proofs.kernel.lemmas.base import close as _close
from proofs.kernel.lemmas.bernstein import *
from proofs.kernel.lemmas.exponentials import *
from proofs.kernel.lemmas.gaussian import *
from proofs.kernel.lemmas.labelings import *
from proofs.kernel.lemmas.largest import *
from proofs.kernel.lemmas.learned_maps import *
from proofs.kernel.lemmas.linear_maps import *
from proofs.kernel.lemmas.margins import *
from proofs.kernel.lemmas.new_classes import *
from proofs.kernel.lemmas.numbers import *
from proofs.kernel.lemmas.others import *
from proofs.kernel.lemmas.pairs import *
from proofs.kernel.lemmas.pools import *
from proofs.kernel.lemmas.probability import *
from proofs.kernel.lemmas.samples import *
from proofs.kernel.lemmas.vectors import *

_close()
