(* The exact variance of the pair margin is at most what the directional bounds of 2026 put in its place. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Inequalities.

Variables (R : realFieldType) (p : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj).
Hypotheses (li : probability ci) (lj : probability cj).

Lemma trace_product_le : trace_product ci cj <= variance ci * variance cj.
Proof.
rewrite trace_productE !varianceE -EZr; apply: ler_E => // t.
rewrite -EZ; apply: ler_E => // t'; exact: cauchy_schwarz.
Qed.

Lemma trace_product_ge0 : 0 <= trace_product ci cj.
Proof. by rewrite trace_productE; do 2![apply: E_ge0 => // ?]; exact: sqr_ge0. Qed.

Lemma fourth_ge0 : 0 <= fourth cj.
Proof. by apply: E_ge0 => // t; exact: sqr_ge0. Qed.

Lemma dot_third_le h : dot h (third cj) ^+ 2 <= sqlen h * (variance cj * fourth cj).
Proof.
rewrite dot_third; apply: (le_trans (E_cauchy_schwarz _ _ lj)).
rewrite -/(fourth cj) mulrC mulrA ler_wpmul2r ?fourth_ge0 //.
rewrite (eq_E _ (g := fun t => dot h (noise cj t) * dot h (noise cj t))).
  by rewrite -covariance_alongE mulrC covariance_along_le.
by move=> t; rewrite expr2.
Qed.

End Inequalities.

Section Directional.

Variables (R : rcfType) (p n : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj).
Hypotheses (li : probability ci) (lj : probability cj) (n_gt0 : (0 < n)%N).
Hypothesis distinct : mean cj != mean ci.
Local Notation d := (distance ci cj).
Local Notation v := (variance ci + variance cj).
Local Notation m4 := (fourth ci + fourth cj).

Lemma pair_variance_le (e1 e2 e3 : R) : 0 <= e1 -> 0 <= e2 -> 0 <= e3 ->
  e1 ^+ 2 = 4%:R / n%:R * (v ^+ 2 / d ^+ 4 + v / (4%:R * d ^+ 2)) ->
  e2 ^+ 2 = v / (n%:R * d ^+ 2) ->
  e3 ^+ 2 = (m4 + 2%:R * (n%:R - 1) * v ^+ 2) / (n%:R ^+ 3 * d ^+ 4) ->
  pair_variance ci cj n n <=
    d ^+ 4 * (4%:R * directional_variance ci cj / d ^+ 2 + (e1 + e2 + e3) ^+ 2).
Proof.
move=> e1_0 e2_0 e3_0 e1E e2E e3E.
have d_gt0 : 0 < d by rewrite distance_gt0.
have d0 : d != 0 by rewrite gt_eqF.
have nR_gt0 : 0 < n%:R :> R by rewrite ltr0n.
have nR : n%:R != 0 :> R by rewrite gt_eqF.
have n1 : 0 <= n%:R - 1 :> R by rewrite subr_ge0 ler1n.
have vi0 := variance_ge0 li; have vj0 := variance_ge0 lj.
have v0 : 0 <= v by rewrite addr_ge0.
have fi0 := fourth_ge0 li; have fj0 := fourth_ge0 lj.
have ri0 : 0 <= n%:R^-1 :> R by rewrite invr_ge0 ltW.
have e12 : e2 <= e1.
  rewrite -(ler_pexpn2r (n := 2)) ?nnegrE // e1E e2E.
  apply: (le_by_gap (c := 4%:R / n%:R * (v ^+ 2 / d ^+ 4))); last first.
    by rewrite !mulr_ge0 ?invr_ge0 ?ler0n ?exprn_ge0 ?(ltW d_gt0).
  by move: v d d0 => s x x0; field; rewrite nR x0.
have third_le : 4%:R * third_along ci cj / n%:R ^+ 2 <= d ^+ 4 * (4%:R * (e2 * e3)).
  have [t0|t0] := lerP (third_along ci cj) 0.
    apply: (@le_trans _ _ 0); last by rewrite !mulr_ge0 ?exprn_ge0 ?ler0n ?(ltW d_gt0).
    by rewrite mulr_le0_ge0 ?invr_ge0 ?exprn_ge0 ?(ltW nR_gt0) // mulr_ge0_le0 ?ler0n.
  rewrite -(ler_pexpn2r (n := 2)) ?nnegrE ?mulr_ge0 ?invr_ge0 ?exprn_ge0 ?ler0n ?(ltW d_gt0) ?(ltW t0)
    ?(ltW nR_gt0) //.
  have -> : (d ^+ 4 * (4%:R * (e2 * e3))) ^+ 2 =
      16%:R / n%:R ^+ 4 * (d ^+ 2 * (v * (m4 + 2%:R * (n%:R - 1) * v ^+ 2))).
    have -> : (d ^+ 4 * (4%:R * (e2 * e3))) ^+ 2 = 16%:R * d ^+ 8 * (e2 ^+ 2 * e3 ^+ 2) by ring.
    by rewrite e2E e3E; move: v m4 d d0 => s f x x0; field; rewrite nR x0.
  have -> : (4%:R * third_along ci cj / n%:R ^+ 2) ^+ 2 = 16%:R / n%:R ^+ 4 * third_along ci cj ^+ 2.
    by move: (third_along _ _) => t; field.
  rewrite ler_wpmul2l ?mulr_ge0 ?invr_ge0 ?exprn_ge0 ?ler0n ?(ltW nR_gt0) //.
  apply: (le_trans (dot_third_le lj _)); rewrite sqr_distance ler_wpmul2l ?exprn_ge0 ?(ltW d_gt0) //.
  apply: ler_pmul => //; first by rewrite ler_addr.
  rewrite -addrA ler_paddl // ler_paddr // !mulr_ge0 ?ler0n ?exprn_ge0 //.
have along_j : covariance_along cj (difference ci cj) (difference ci cj) <= variance cj * d ^+ 2.
  by rewrite -sqr_distance; exact: covariance_along_le.
have tii : squared_trace ci <= variance ci ^+ 2 by rewrite expr2; exact: (trace_product_le li li).
have tjj : squared_trace cj <= variance cj ^+ 2 by rewrite expr2; exact: (trace_product_le lj lj).
have tij := trace_product_le li lj.
have main : d ^+ 4 * (e1 ^+ 2 + 3%:R * e2 ^+ 2 + e3 ^+ 2) = 4%:R / n%:R * v ^+ 2 + 4%:R / n%:R * (v * d ^+ 2)
    + (m4 + 2%:R * (n%:R - 1) * v ^+ 2) / n%:R ^+ 3.
  by rewrite e1E e2E e3E; move: v m4 d d0 => s f x x0; field; rewrite nR x0.
apply: (@le_trans _ _ (4%:R * (d ^+ 2 * directional_variance ci cj)
    + (d ^+ 4 * (e1 ^+ 2 + 3%:R * e2 ^+ 2 + e3 ^+ 2) + d ^+ 4 * (4%:R * (e2 * e3))))); last first.
  apply: (le_by_gap (c := 2%:R * d ^+ 4 * ((e1 - e2) * (e2 + e3)))).
    by move: (directional_variance ci cj) d d0 => s x x0; field.
  by rewrite !mulr_ge0 ?ler0n ?exprn_ge0 ?(ltW d_gt0) ?subr_ge0 ?addr_ge0.
rewrite main /pair_variance /centre_variance /directional_variance directional_variance_scaled //.
have part1 : 4%:R * covariance_along cj (difference ci cj) (difference ci cj) / n%:R
    + 4%:R * (squared_trace ci / n%:R + trace_product ci cj / n%:R)
    <= 4%:R / n%:R * v ^+ 2 + 4%:R / n%:R * (v * d ^+ 2).
  apply: (le_by_gap (c := 4%:R / n%:R * ((variance cj * d ^+ 2
      - covariance_along cj (difference ci cj) (difference ci cj))
      + (variance ci ^+ 2 - squared_trace ci) + (variance ci * variance cj - trace_product ci cj)
      + variance ci * d ^+ 2 + variance cj * v))).
    move: (covariance_along _ _ _) (squared_trace ci) (trace_product ci cj) d.
    by move: (variance ci) (variance cj) => x y q s t u; field.
  rewrite mulr_ge0 ?(mulr_ge0 _ ri0) ?ler0n //.
  by apply: addr_ge0; [apply: addr_ge0; [apply: addr_ge0; [apply: addr_ge0|]|]|]; rewrite ?subr_ge0 // mulr_ge0 ?exprn_ge0 ?(ltW d_gt0).
have part2 : (fourth ci - variance ci ^+ 2 + 2%:R * (n%:R - 1) * squared_trace ci) / n%:R ^+ 3
    + (fourth cj - variance cj ^+ 2 + 2%:R * (n%:R - 1) * squared_trace cj) / n%:R ^+ 3
    <= (m4 + 2%:R * (n%:R - 1) * v ^+ 2) / n%:R ^+ 3.
  rewrite -mulrDl ler_wpmul2r ?invr_ge0 ?exprn_ge0 ?(ltW nR_gt0) //.
  apply: (le_by_gap (c := variance ci ^+ 2 + variance cj ^+ 2 + 2%:R * (n%:R - 1) *
      ((variance ci ^+ 2 - squared_trace ci) + (variance cj ^+ 2 - squared_trace cj)
       + 2%:R * (variance ci * variance cj)))).
    move: (squared_trace ci) (squared_trace cj) (variance ci) (variance cj) (fourth ci) (fourth cj).
    by move=> *; ring.
  apply: addr_ge0; first by rewrite addr_ge0 ?exprn_ge0.
  rewrite mulr_ge0 ?(mulr_ge0 _ n1) ?ler0n //.
  by apply: addr_ge0; [apply: addr_ge0|]; rewrite ?subr_ge0 // mulr_ge0 ?ler0n // mulr_ge0.
have := ler_add part1 (ler_add part2 third_le).
move: (covariance_along cj _ _) (covariance_along ci _ _) (squared_trace ci) (squared_trace cj).
move: (trace_product ci cj) (third_along ci cj) (fourth ci) (fourth cj) (variance ci) (variance cj) d.
move=> t1 t2 f1 f2 v1 v2 x c1 c2 s1 s2 h.
rewrite -!addrA ler_add2l; apply: le_trans (le_trans h _).
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

End Directional.

Lemma sum_of_squares_le (R : realFieldType) (a b c : R) :
  (a + b + c) ^+ 2 <= 3%:R * (a ^+ 2 + b ^+ 2 + c ^+ 2).
Proof.
apply: (le_by_gap (c := (a - b) ^+ 2 + (b - c) ^+ 2 + (a - c) ^+ 2)); first by ring.
by rewrite !addr_ge0 ?sqr_ge0.
Qed.

(* V <= B m^2 gives V/(V + m^2) <= B/(1 + B) <= B. *)
Lemma ratio_le (R : realFieldType) (V m B : R) : 0 <= V -> 0 < m -> V <= B * m ^+ 2 ->
  V / (m ^+ 2 + V) <= B / (B + 1) /\ B / (B + 1) <= B.
Proof.
move=> V0 m0 VB; have m2 : 0 < m ^+ 2 by rewrite exprn_gt0.
have B0 : 0 <= B by have := le_trans V0 VB; rewrite pmulr_lge0.
have B1 : 0 < B + 1 by rewrite ltr_paddl ?ltr01.
split; last by rewrite ler_pdivr_mulr // mulrDr mulr1 ler_addr mulr_ge0.
rewrite ler_pdivr_mulr ?ltr_paddr // mulrAC ler_pdivl_mulr //.
apply: (le_by_gap (c := B * m ^+ 2 - V)); last by rewrite subr_ge0.
by ring.
Qed.
