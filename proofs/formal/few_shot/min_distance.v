(* The lesser of two bounds of the query's part: added up over the classes, or in the span of the directions. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import spectrum nearest.
From Collapse.statements.few_shot Require Import min_distance.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma one_class (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) (lam T : I -> R) i :
  (1 < #|I|)%N -> (forall i, probability (c i)) -> (1 <= n)%N ->
  (forall i j, j != i -> mean (c j) != mean (c i)) ->
  (forall i, is_largest_eigenvalue (c i) (lam i)) ->
  (forall i, is_largest_eigenvalue_sum #|I|.-1 (c i) (T i)) ->
  class_error c n i <= min_distance_bound n c lam T i.
Proof.
move=> two pc n0 apart top tops; rewrite /min_distance_bound minEle; case: ifP => _.
  by apply: (class_error_span pc n0 (apart i)); exact: tops.
apply: (class_error_sum pc n0 (apart i)); first exact: (largest_ge0 (pc i) (top i)).
by case: (top i).
Qed.

Theorem min_distance : min_distance_statement.
Proof.
move=> R p n I S c lam T two pc n0 apart top tops; split=> [i|]; first exact: one_class.
rewrite ler_wpmul2l ?invr_ge0 ?ler0n //; apply: ler_sum => i _; exact: one_class.
Qed.
