(* The average of `cdnv_sharp` over pairs, times k - 1, is at most `cdnv_2022`: lam_i <= s v_i. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes.
From Collapse.statements.few_shot Require Import ordering_average.
From Collapse.few_shot Require Import cdnv_2022.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* An eigenvalue is at most what bounds every Rayleigh quotient. *)
Lemma largest_le (R : rcfType) p (T : finType) (c : class_of R p T) (lam s : R) :
  is_largest_eigenvalue c lam -> (forall h, covariance_along c h h <= s * sqlen h) -> lam <= s.
Proof.
case=> -[h h0 hE] _ /(_ h); rewrite /covariance_along hE.
rewrite (_ : (lam *: h *m h^T) 0 0 = lam * sqlen h); first by rewrite ler_pmul2r ?sqlen_gt0.
rewrite -scalemxAl mxE; congr (_ * _); rewrite mxE.
by apply: eq_bigr => r _; rewrite mxE.
Qed.

Theorem ordering_average : ordering_average_statement.
Proof.
move=> R p n I S c lam s two pc n0 ij top iso.
have s0 : 0 <= s by case: iso => [->|[-> _]]; rewrite ?ler01 // invr_ge0 ler0n.
have v0 i : 0 <= variance (c i) by exact: variance_ge0.
have lam_le i : lam i <= s * variance (c i).
  apply: (largest_le (top i)) => h.
  by case: iso => [->|[-> /(_ i) iso]]; rewrite ?mul1r ?covariance_along_le // isotropic_along.
pose V i j : R := (variance (c i) + variance (c j)) / (2%:R * distance (c i) (c j) ^+ 2).
pose W i j : R := variance (c i) / distance (c i) (c j) ^+ 2.
have VW : average W = average V.
  have -> : average V = 2%:R^-1 * (average W + average (fun i j => W j i)).
    rewrite -averageD -averageZ; apply: eq_average => i j ji.
    have d0 : distance (c i) (c j) != 0 by rewrite gt_eqF ?distance_gt0 ?ij.
    by rewrite /V /W (distanceC (c i) (c j)); field.
  by rewrite (average_swap W); move: (average W) => A; field.
have k1 : 0 <= ways R I - 1 by rewrite subr_ge0 ltW ?ways_gt1.
have V0 : 0 <= average V.
  apply: average_ge0 => // i j _.
  by rewrite divr_ge0 ?addr_ge0 ?mulr_ge0 ?ler0n ?exprn_ge0 ?sqrtr_ge0.
have n1 : 0 <= n%:R^-1 :> R by rewrite invr_ge0 ler0n.
apply: (@le_trans _ _ ((ways R I - 1) * average (fun i j => 4%:R * s * W i j + 2%:R / n%:R * V i j))).
  rewrite ler_wpmul2l //; apply: ler_average => // i j ji.
  have d0 : distance (c i) (c j) != 0 by rewrite gt_eqF ?distance_gt0 ?ij.
  have nR : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
  apply: (@le_trans _ _ ((4%:R * (s * variance (c i)) + (variance (c i) + variance (c j)) / n%:R)
      / distance (c i) (c j) ^+ 2)).
    by rewrite ler_wpmul2r ?invr_ge0 ?exprn_ge0 ?sqrtr_ge0 // ler_add2r ler_wpmul2l ?ler0n.
  rewrite le_eqVlt; apply/orP; left; apply/eqP; rewrite /V /W.
  by field; rewrite nR d0.
rewrite averageD !averageZ VW -/V.
apply: (le_by_gap (c := (ways R I - 1) * average V * (12%:R * s + 14%:R * n%:R^-1))); last first.
  apply: mulr_ge0; first by rewrite mulr_ge0.
  by rewrite addr_ge0 // mulr_ge0 ?ler0n.
rewrite div1r; move: (n%:R^-1) (average V) (ways R I) => r A k; ring.
Qed.
