"""The statements of the catalogue in Rocq (MathComp), about laws with finite support, and their proofs.

``library/`` holds definitions and lemmas, ``statements/`` the propositions that ``generate`` writes from the
SymPy relations, and the folders beside them one proof file a theorem, named as its file in ``theory/``.
``formal_state`` (in ``state``) says whether Rocq has checked a theorem.
"""
