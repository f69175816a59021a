(* `cdnv_optimal` with the variance along the line of the drawn centres in place of the largest one. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes seminorm.
From Collapse.statements.few_shot Require Import directional_second_moment.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma pair : directional_second_moment_pair.
Proof.
move=> R p n Ti Tj ci cj lam pi pj n0 ij top; rewrite /directional_second_moment_bound; cbv zeta.
have lam0 := largest_ge0 pi top.
have v0 : 0 <= variance ci + variance cj by rewrite addr_ge0 ?variance_ge0.
set ell := Num.min lam _.
have ell0 : 0 <= ell by rewrite le_minr lam0 sqr_ge0.
have sp : mean_spread ci cj n n <= ell.
  rewrite le_minr mean_spread_le //=.
  have := mean_spread_directional pi pj n0 n0 ij top.
  rewrite -mulrDl sqrtrM // sqrtrV ?ler0n // => h; apply: (le_trans h).
  rewrite le_eqVlt; apply/orP; left; apply/eqP; congr ((_ + _) ^+ 2).
  by rewrite mulf_div (mulrC (distance ci cj)).
have := pair_optimal pi pj n0 n0 ij ell0 sp; cbv zeta.
by rewrite sqrtrM ?variance_ge0 // sqrtrV ?ler0n // -mulrDl.
Qed.

Theorem directional_second_moment : directional_second_moment_statement.
Proof.
split; first exact: pair.
move=> R p n I S c lam two pc n0 ij top.
by apply: few_shot_error_le => // i j ji; apply: pair => //; exact: ij.
Qed.
