(* err <= 16 (k-1) (s + 1/n) Avg V_half, from the bound with constant 4 and lam_i <= s v_i. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes.
From Collapse.statements.few_shot Require Import cdnv_2022.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Along no line is the variance more than s v_i. *)
Lemma isotropic_along (R : realFieldType) p (T : finType) (c : class_of R p T) h :
  is_isotropic c -> covariance_along c h h = p%:R^-1 * variance c * sqlen h.
Proof.
move=> iso; rewrite /covariance_along iso mul_mx_scalar -scalemxAl mxE [_ / _]mulrC; congr (_ * _).
by rewrite mxE; apply: eq_bigr => r _; rewrite mxE.
Qed.

Theorem cdnv_2022 : cdnv_2022_statement.
Proof.
move=> R p n I S c s two pc n0 ij iso; rewrite /cdnv_2022_bound.
have s0 : 0 <= s by case: iso => [->|[-> _]]; rewrite ?ler01 // invr_ge0 ler0n.
have v0 i : 0 <= variance (c i) by exact: variance_ge0.
have along i h : covariance_along (c i) h h <= s * variance (c i) * sqlen h.
  by case: iso => [->|[-> /(_ i) iso]]; rewrite ?mul1r ?covariance_along_le // isotropic_along.
pose V i j : R := (variance (c i) + variance (c j)) / (2%:R * distance (c i) (c j) ^+ 2).
pose W i j : R := variance (c i) / distance (c i) (c j) ^+ 2.
have VW : average W = average V.
  have -> : average V = 2%:R^-1 * (average W + average (fun i j => W j i)).
    rewrite -averageD -averageZ; apply: eq_average => i j ji.
    have d0 : distance (c i) (c j) != 0 by rewrite gt_eqF ?distance_gt0 ?ij.
    by rewrite /V /W (distanceC (c i) (c j)); field.
  by rewrite (average_swap W); move: (average W) => A; field.
have pairs i j : j != i -> pair_error n n (c i) (c j) <= 4%:R * s * W i j + 2%:R / n%:R * V i j.
  move=> ji; have d0 : distance (c i) (c j) != 0 by rewrite gt_eqF ?distance_gt0 ?ij.
  have nR : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
  have sp := mean_spread_le_of n n (pc i) (pc j) (along i) (mulr_ge0 s0 (v0 i)).
  apply: (le_trans (pair_sharp (pc i) (pc j) n0 n0 (ij i j ji) sp)).
  rewrite le_eqVlt; apply/orP; left; apply/eqP; rewrite /V /W.
  by field; rewrite nR d0.
apply: (le_trans (few_shot_error_le pc pairs)).
rewrite union_average // averageD !averageZ VW -/V.
have V0 : 0 <= average V.
  apply: average_ge0 => // i j _.
  by rewrite divr_ge0 ?addr_ge0 ?mulr_ge0 ?ler0n ?exprn_ge0 ?sqrtr_ge0.
have k1 : 0 < ways R I - 1 by rewrite subr_gt0 ways_gt1.
have n1 : 0 <= n%:R^-1 :> R by rewrite invr_ge0 ler0n.
apply: (le_by_gap (c := (ways R I - 1) * average V * (12%:R * s + 14%:R * n%:R^-1))); last first.
  apply: mulr_ge0; first by rewrite mulr_ge0 // ltW.
  by rewrite addr_ge0 // mulr_ge0 ?ler0n.
rewrite div1r; move: (n%:R^-1) (average V) (ways R I) => r A k; ring.
Qed.
