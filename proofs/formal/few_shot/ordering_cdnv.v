(* `cdnv_optimal` is at most 1 and at most `cdnv_sharp`. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments.
From Collapse.statements.few_shot Require Import ordering_cdnv.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Theorem ordering_cdnv : ordering_cdnv_statement.
Proof.
move=> R p n Ti Tj ci cj lam pi pj n0 ij top; cbv zeta.
rewrite -sqrtrV ?ler0n // -sqrtrM ?variance_ge0 // (mulrDl (variance ci)).
have v0 T (c : class_of R p T) : probability c -> 0 <= variance c / n%:R.
  by move=> pc; rewrite divr_ge0 ?ler0n ?variance_ge0.
apply: optimal_le; rewrite ?sqrtr_ge0 ?sqr_sqrtr ?v0 ?distance_gt0 //.
by rewrite mulr_ge0 ?ler0n ?(largest_ge0 pi top).
Qed.
