(* From `exact_moment` and the ordering theorem, for every n >= 1. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Collapse.library Require Import vectors expectation quantities classes.
From Collapse.statements.few_shot Require Import directional_2026.
From Collapse.few_shot Require Import exact_moment ordering_moments.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma pair : directional_2026_pair.
Proof.
move=> R p n Ti Tj ci cj pi pj n0 ij m0; have [h1 h2 h3] := all_three pi pj n0 ij m0.
apply: (le_trans (exact_moment.pair pi pj n0 ij)); apply: (le_trans h1).
exact: h2.
Qed.

Theorem directional_2026 : directional_2026_statement.
Proof.
split; first exact: pair.
move=> R p n I S c two pc n0 ij m0.
by apply: few_shot_error_le => // i j ji; apply: pair; rewrite ?ij ?m0.
Qed.
