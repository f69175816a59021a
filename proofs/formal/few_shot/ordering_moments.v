(* `exact_moment` <= B/(1 + B) <= B <= `directional_2026_c2`, B = `directional_2026`. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes moments directional.
From Collapse.statements.few_shot Require Import exact_moment directional_2026 directional_2026_c2.
From Collapse.statements.few_shot Require Import ordering_moments.
From Collapse.few_shot Require Import exact_moment.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Pair.

Variables (R : rcfType) (p n : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj).
Hypotheses (pi : probability ci) (pj : probability cj) (n0 : (0 < n)%N) (ij : mean cj != mean ci).
Local Notation d := (distance ci cj).
Local Notation v := (variance ci + variance cj).
Local Notation m4 := (fourth ci + fourth cj).
Local Notation m := (d ^+ 2 + (variance cj - variance ci) / n%:R).

(* The three deviations; their squares are E1, E2, E3 of the statement. *)
Let e1 : R := 2%:R * Num.sqrt (v / (4%:R * d ^+ 2) + v ^+ 2 / d ^+ 4) / Num.sqrt n%:R.
Let e2 : R := Num.sqrt v / (Num.sqrt n%:R * d).
Let e3 : R := Num.sqrt ((2%:R * n%:R - 2%:R) * v ^+ 2 / d ^+ 4 + m4 / d ^+ 4) / (Num.sqrt n%:R) ^+ 3.

Let d_gt0 : 0 < d. Proof. by rewrite distance_gt0. Qed.
Let d0 : d != 0. Proof. by rewrite gt_eqF. Qed.
Let r_gt0 : 0 < Num.sqrt n%:R :> R. Proof. by rewrite sqrtr_gt0 ltr0n. Qed.
Let r0 : Num.sqrt n%:R != 0 :> R. Proof. by rewrite gt_eqF. Qed.
Let r2 : Num.sqrt n%:R ^+ 2 = n%:R :> R. Proof. by rewrite sqr_sqrtr ?ler0n. Qed.
Let v0 : 0 <= v. Proof. by rewrite addr_ge0 ?variance_ge0. Qed.
Let n1 : 0 <= 2%:R * n%:R - 2%:R :> R.
Proof. by rewrite -{2}[2%:R]mulr1 -mulrBr mulr_ge0 ?ler0n // subr_ge0 ler1n. Qed.

Lemma e1E : e1 ^+ 2 = 4%:R / n%:R * (v ^+ 2 / d ^+ 4 + v / (4%:R * d ^+ 2)).
Proof.
rewrite /e1 !exprMn exprVn r2 sqr_sqrtr; last first.
  by rewrite addr_ge0 // divr_ge0 ?exprn_ge0 ?mulr_ge0 ?ler0n ?exprn_ge0 ?(ltW d_gt0).
have nR : n%:R != 0 :> R by rewrite -r2 sqrf_eq0.
by move: v d d0 => s x x0; field; rewrite nR x0.
Qed.

Lemma e2E : e2 ^+ 2 = v / (n%:R * d ^+ 2).
Proof. by rewrite /e2 !exprMn exprVn exprMn r2 sqr_sqrtr. Qed.

Lemma e3E : e3 ^+ 2 = (m4 + 2%:R * (n%:R - 1) * v ^+ 2) / (n%:R ^+ 3 * d ^+ 4).
Proof.
rewrite /e3 !exprMn exprVn -exprM mulnC exprM r2 sqr_sqrtr; last first.
  by rewrite addr_ge0 // divr_ge0 ?exprn_ge0 ?(ltW d_gt0) ?addr_ge0 ?mulr_ge0 ?fourth_ge0 ?exprn_ge0.
have nR : n%:R != 0 :> R by rewrite -r2 sqrf_eq0.
by move: v m4 d d0 => s f x x0; field; rewrite nR x0.
Qed.

Lemma covered : 0 < m -> pair_variance ci cj n n <= directional_2026_bound n ci cj * m ^+ 2.
Proof.
move=> m0; have m2 : m ^+ 2 != 0 by rewrite expf_neq0 // gt_eqF.
have e_ge0 : [/\ 0 <= e1, 0 <= e2 & 0 <= e3].
  by rewrite /e1 /e2 /e3; split; rewrite !mulr_ge0 ?invr_ge0 ?mulr_ge0 ?sqrtr_ge0 ?exprn_ge0 ?ler0n
    ?sqrtr_ge0 ?(ltW d_gt0).
have [e1_0 e2_0 e3_0] := e_ge0.
rewrite /directional_2026_bound mulfVK //.
apply: (le_trans (pair_variance_le pi pj n0 ij e1_0 e2_0 e3_0 e1E e2E e3E)).
by rewrite -/e1 -/e2 -/e3 le_eqVlt; apply/orP; left; apply/eqP; congr (_ * (_ + _ ^+ 2)); ring.
Qed.

Lemma appendix : 0 < m -> directional_2026_bound n ci cj <= directional_2026_c2_bound n ci cj.
Proof.
move=> m0; rewrite /directional_2026_bound /directional_2026_c2_bound.
rewrite ler_wpmul2r ?invr_ge0 ?exprn_ge0 ?(ltW m0) // ler_wpmul2l ?exprn_ge0 ?(ltW d_gt0) //.
rewrite -/e1 -/e2 -/e3 -!addrA ler_add2l addrA.
apply: (le_trans (sum_of_squares_le _ _ _)); rewrite e1E e2E e3E.
have nR : n%:R != 0 :> R by rewrite -r2 sqrf_eq0.
rewrite le_eqVlt; apply/orP; left; apply/eqP.
by move: (variance ci) (variance cj) m4 d d0 => a b f x x0; field; rewrite nR x0.
Qed.

Lemma all_three : 0 < m ->
  [/\ exact_moment_bound n ci cj <= directional_2026_bound n ci cj / (directional_2026_bound n ci cj + 1),
      directional_2026_bound n ci cj / (directional_2026_bound n ci cj + 1) <= directional_2026_bound n ci cj
    & directional_2026_bound n ci cj <= directional_2026_c2_bound n ci cj].
Proof.
move=> m0; have [h1 h2] := ratio_le (pair_variance_ge0 pi pj n0 n0) m0 (covered m0).
by rewrite exact_moment_boundE // m0; split=> //; exact: appendix.
Qed.

End Pair.

Theorem ordering_moments : ordering_moments_statement.
Proof.
move=> R p n Ti Tj ci cj pi pj n0 ij m0; have [h1 h2 h3] := all_three pi pj n0 ij m0.
by split; [|split].
Qed.
