(* The bound of 2025 in both normalizations, from the pair form in library/positive_parts.v and averages over
   both orders of a pair. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes moments directional positive_parts.
From Collapse.statements.few_shot Require Import directional_2025.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Averages.

Variables (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) (a : R).
Hypotheses (two : (1 < #|I|)%N) (pc : forall i, probability (c i)) (n0 : (0 < n)%N).
Hypothesis ij : forall i j, j != i -> mean (c j) != mean (c i).
Hypothesis a_gt0 : 0 < a.
Let beta : R := 1 / 2%:R - 2%:R / a - 2%:R * Num.sqrt 2%:R / (n%:R * a).
Hypothesis beta_gt0 : 0 < beta.
Let r : R := Num.sqrt n%:R.
Let v i := variance (c i).
Let d i j := distance (c i) (c j).
Let W i j : R := v i / d i j ^+ 2.
Let Z i j : R := Num.sqrt (v i) / d i j.
Let G i j : R := directional_variance (c i) (c j) / d i j ^+ 2.

Let v0 i : 0 <= v i. Proof. exact: variance_ge0. Qed.
Let r_gt0 : 0 < r. Proof. by rewrite sqrtr_gt0 ltr0n. Qed.
Let r2 : r ^+ 2 = n%:R. Proof. by rewrite sqr_sqrtr ?ler0n. Qed.
Let d_gt0 i j : j != i -> 0 < d i j. Proof. by move=> ji; rewrite distance_gt0 ij. Qed.

Let enough : 1 <= a / 4%:R * (1 - 2%:R * beta).
Proof.
apply: (le_by_gap (c := Num.sqrt 2%:R / n%:R)); last by rewrite divr_ge0 ?sqrtr_ge0 ?ler0n.
have nR : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite /beta; move: (Num.sqrt 2%:R) a a_gt0 => s b /gt_eqF/negbT b0.
by field; rewrite nR b0.
Qed.

Lemma pair i j : j != i -> pair_error n n (c i) (c j) <=
  beta ^- 2 * G i j + (a / (4%:R * r) * Z j i + (a / (4%:R * n%:R) * W i j
    + (a / (4%:R * r) * W i j + a / (8%:R * r) * W j i))).
Proof.
move=> ji; have d0 := d_gt0 ji.
have la := mean_of_probability n (pc i); have lb := mean_of_probability n (pc j).
have k0 : 0 <= a / 4%:R by rewrite divr_ge0 ?ler0n ?(ltW a_gt0).
have d1 : 0 < distance (c i) (mean_of n (c j)) by rewrite distance_mean_of.
apply: (le_trans (error_positive_parts (pc i) la lb (mean_mean_of (pc i) n0) beta_gt0 k0 enough d1)).
rewrite distance_mean_of // difference_mean_of // covariance_along_mean_of // variance_mean_of //.
rewrite !trace_product_mean_of // -mulrDl -[trace_product (c i) (c i)]/(squared_trace (c i)) -/(d i j) -/(v i).
have n_ge0 : 0 <= n%:R^-1 :> R by rewrite invr_ge0 ler0n.
have rV : Num.sqrt (n%:R^-1) = r^-1 :> R by rewrite sqrtrV ?ler0n.
have sqrt_le (z q : R) : 0 <= q -> z <= q ^+ 2 -> Num.sqrt z <= q.
  by move=> q0 zq; rewrite -(ger0_norm q0) -sqrtr_sqr ler_wsqrtr.
have first_le : Num.sqrt (covariance_along (c j) (difference (c i) (c j)) (difference (c i) (c j)) / n%:R)
    <= d i j * Num.sqrt (v j) / r.
  apply: sqrt_le; first by rewrite divr_ge0 ?mulr_ge0 ?sqrtr_ge0 ?(ltW r_gt0) ?(ltW d0).
  rewrite exprMn exprVn r2 ler_wpmul2r // exprMn (sqr_sqrtr (v0 j)) mulrC /d -sqr_distance.
  exact: covariance_along_le.
have last_le : Num.sqrt ((squared_trace (c i) + trace_product (c i) (c j)) / n%:R)
    <= (2%:R * v i + v j) / (2%:R * r).
  have h0 : 0 <= 2%:R * v i + v j by rewrite addr_ge0 ?mulr_ge0 ?ler0n.
  apply: sqrt_le; first by rewrite divr_ge0 ?mulr_ge0 ?ler0n ?(ltW r_gt0).
  have -> : ((2%:R * v i + v j) / (2%:R * r)) ^+ 2 = ((2%:R * v i + v j) / 2%:R) ^+ 2 / n%:R.
    by rewrite -r2; move: r r_gt0 => q /gt_eqF/negbT q0; field.
  rewrite ler_wpmul2r //.
  have t1 := trace_product_le (pc i) (pc i); have t2 := trace_product_le (pc i) (pc j).
  apply: (le_trans (ler_add t1 t2)); apply: (le_by_gap (c := (v j / 2%:R) ^+ 2)); last exact: sqr_ge0.
  by rewrite /v; move: (variance (c i)) (variance (c j)) => s t; field.
have kd : 0 <= a / 4%:R / d i j ^+ 2 by rewrite divr_ge0 ?exprn_ge0 ?(ltW d0).
apply: (@le_trans _ _ (beta ^- 2 * G i j + a / 4%:R / d i j ^+ 2 * (d i j * Num.sqrt (v j) / r
    + v i / n%:R + (2%:R * v i + v j) / (2%:R * r)))).
  apply: ler_add; last by rewrite ler_wpmul2l // !ler_add.
  rewrite -(directional_variance_scaled (c i) (ij ji)) le_eqVlt; apply/orP; left; apply/eqP.
  rewrite /G /directional_variance -/(d i j); move: (covariance_along _ _ _) (d i j) d0 => s x /gt_eqF/negbT x0.
  by move: beta beta_gt0 => b /gt_eqF/negbT b0; field; rewrite x0 b0.
rewrite ler_add2l le_eqVlt; apply/orP; left; apply/eqP; rewrite /Z /W /d (distanceC (c i) (c j)) -/(d i j).
rewrite -r2; move: (Num.sqrt (v j)) (v i) (v j) (d i j) d0 => s x y e /gt_eqF/negbT e0.
by move: r r_gt0 => q /gt_eqF/negbT q0; field; rewrite e0 q0.
Qed.

Lemma all_pairs : few_shot_error c n <= (ways R I - 1) *
  (a * (average W / n%:R + 2%:R * (average Z + average W) / r) / 4%:R + average G / beta ^+ 2).
Proof.
apply: (le_trans (few_shot_error_le pc pair)).
rewrite union_average // ler_wpmul2l ?subr_ge0 ?(ltW (ways_gt1 R two)) //.
rewrite !averageD !averageZ (average_swap Z) (average_swap W).
have W0 : 0 <= average W by apply: average_ge0 => // i j ji; rewrite divr_ge0 ?exprn_ge0 ?(ltW (d_gt0 ji)).
have Z0 : 0 <= average Z by apply: average_ge0 => // i j ji; rewrite divr_ge0 ?sqrtr_ge0 ?(ltW (d_gt0 ji)).
apply: (le_by_gap (c := a / (4%:R * r) * (average Z + average W / 2%:R))); last first.
  apply: mulr_ge0; first by rewrite divr_ge0 ?mulr_ge0 ?ler0n ?(ltW a_gt0) ?(ltW r_gt0).
  by rewrite addr_ge0 // divr_ge0 ?ler0n.
rewrite -r2; move: (average W) (average Z) (average G) => w z g.
move: r r_gt0 beta beta_gt0 => q /gt_eqF/negbT q0 b /gt_eqF/negbT b0.
by field; rewrite q0 b0.
Qed.

End Averages.

Lemma bracket_gt0 (R : rcfType) (a s : R) : 2%:R / a + s < 1 / 2%:R -> 0 < 1 / 2%:R - 2%:R / a - s.
Proof. by rewrite -subr_gt0 opprD addrA. Qed.

Theorem directional_2025 : directional_2025_statement.
Proof.
move=> R p n I S c a two pc n10 ij a5 br.
have a0 : 0 < a by apply: lt_le_trans a5; rewrite ltr0n.
have n0 : (0 < n)%N by exact: leq_trans n10.
exact: (all_pairs two pc n0 ij a0 (bracket_gt0 br)).
Qed.

Theorem directional_2025_sum : directional_2025_sum_statement.
Proof.
move=> R p n I S c a two pc n10 ij a5 br.
have a0 : 0 < a by apply: lt_le_trans a5; rewrite ltr0n.
have n0 : (0 < n)%N by exact: leq_trans n10.
apply: (le_trans (all_pairs two pc n0 ij a0 (bracket_gt0 br))).
have k1 : 0 <= ways R I - 1 by rewrite subr_ge0 ltW ?ways_gt1.
have v0 i : 0 <= variance (c i) by exact: variance_ge0.
rewrite ler_wpmul2l // ler_add2r ler_wpmul2r ?invr_ge0 ?ler0n // ler_wpmul2l ?(ltW a0) //.
have larger : average (fun i j => variance (c i) / distance (c i) (c j) ^+ 2) <=
    average (fun i j => (variance (c i) + variance (c j)) / distance (c i) (c j) ^+ 2).
  by apply: ler_average => // i j _; rewrite ler_wpmul2r ?invr_ge0 ?exprn_ge0 ?sqrtr_ge0 // ler_addl.
have larger_root : average (fun i j => Num.sqrt (variance (c i)) / distance (c i) (c j)) <=
    average (fun i j => Num.sqrt (variance (c i) + variance (c j)) / distance (c i) (c j)).
  by apply: ler_average => // i j _; rewrite ler_wpmul2r ?invr_ge0 ?sqrtr_ge0 // ler_wsqrtr // ler_addl.
apply: ler_add; first by rewrite ler_wpmul2r ?invr_ge0 ?ler0n.
rewrite ler_wpmul2r ?invr_ge0 ?sqrtr_ge0 // ler_wpmul2l ?ler0n // addrC.
exact: ler_add.
Qed.
