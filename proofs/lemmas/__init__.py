"""The textbook facts taken on trust. Each has an exact statement, a reference, and a numeric test.

A lemma is a function that, at particular arguments, says what must be shown first and what follows; it is
the only thing that may open a probability or an expectation. ``tests/proofs/test_lemmas.py`` evaluates
every lemma on random finite probability spaces, and requires that a false variant of it fails there.
"""

# ruff: noqa: F403
from proofs.lemmas.atoms import *
from proofs.lemmas.axes import *
from proofs.lemmas.base import LEMMAS as LEMMAS
from proofs.lemmas.base import Lemma as Lemma
from proofs.lemmas.bernstein import *
from proofs.lemmas.exponentials import *
from proofs.lemmas.gaussian import *
from proofs.lemmas.largest import *
from proofs.lemmas.learned_maps import *
from proofs.lemmas.linear_maps import *
from proofs.lemmas.margins import *
from proofs.lemmas.new_classes import *
from proofs.lemmas.numbers import *
from proofs.lemmas.others import *
from proofs.lemmas.pairs import *
from proofs.lemmas.pools import *
from proofs.lemmas.probability import *
from proofs.lemmas.samples import *
from proofs.lemmas.vectors import *
