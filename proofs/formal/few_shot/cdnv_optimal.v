(* The best bound from (lam_i, v_i, v_j, d, n): the best T of the family in margin.v. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes.
From Collapse.statements.few_shot Require Import cdnv_optimal.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma pair : cdnv_optimal_pair.
Proof.
move=> R p n Ti Tj ci cj lam pi pj n0 ij top; rewrite /cdnv_optimal_bound.
rewrite -sqrtrV ?ler0n // -sqrtrM ?variance_ge0 // (mulrDl (variance ci)).
by apply: pair_optimal => //; [exact: largest_ge0 top | exact: mean_spread_le].
Qed.

Theorem cdnv_optimal : cdnv_optimal_statement.
Proof.
split; first exact: pair.
move=> R p n I S c lam two pc n0 ij top.
by apply: few_shot_error_le => // i j ji; apply: pair => //; exact: ij.
Qed.
