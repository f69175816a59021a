(* The variance of the query along w = D + e is at most what it is along D, plus what the deviation e of
   the centres adds: w has length at most |w| along D, and at most |w||e|/d across it. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin second_moments.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Seminorm.

Variables (R : rcfType) (p : nat) (T : finType) (x : class_of R p T).
Hypothesis lx : probability x.
Local Notation S h := (covariance_along x h h).

(* The seminorm of S, by Minkowski. *)
Lemma covariance_along_add g h (a b : R) : 0 <= a -> 0 <= b -> S g <= a ^+ 2 -> S h <= b ^+ 2 ->
  S (g + h) <= (a + b) ^+ 2.
Proof.
move=> a0 b0; rewrite !covariance_alongE => ga hb.
rewrite (eq_E _ (g := fun t => (dot g (noise x t) + dot h (noise x t)) ^+ 2)); last first.
  by move=> t; rewrite dotDl expr2.
by apply: minkowski2.
Qed.

Lemma covariance_alongZ (c : R) h : S (c *: h) = c ^+ 2 * S h.
Proof.
by rewrite !covariance_alongE -EZ; apply: eq_E => t; rewrite dotZl; ring.
Qed.

Lemma spread_deviation (lam : R) D e : D != 0 -> 0 <= lam -> (forall h, S h <= lam * sqlen h) ->
  spread x (D + e) <=
    (Num.sqrt (S ((norm D)^-1 *: D)) + Num.sqrt lam / norm D * norm e) ^+ 2.
Proof.
move=> D0 lam0 top; set w := D + e; set d := norm D; set u := d^-1 *: D.
have d_gt0 : 0 < d by rewrite norm_gt0.
have d0 : d != 0 by rewrite gt_eqF.
have uu : sqlen u = 1 by rewrite /u sqlenZ -sqr_norm -/d; field.
have [->|w0] := eqVneq w 0; first by rewrite /spread sqlen0 invr0 mulr0 sqr_ge0.
have w_gt0 : 0 < norm w by rewrite norm_gt0.
pose c := dot w u; pose g := w - c *: u.
have ge : sqlen g * d ^+ 2 <= sqlen e * sqlen w.
  have gE : sqlen g = sqlen w - c ^+ 2 by rewrite /g sqlenB sqlenZ dotZr uu -/c; ring.
  have eE : e = w - d *: u by rewrite /u scalerA mulfV // scale1r /w addrC addKr.
  have -> : sqlen e = sqlen w - 2%:R * (d * c) + d ^+ 2.
    by rewrite {1}eE sqlenB dotZr sqlenZ uu -/c; ring.
  apply: (le_by_gap (c := (sqlen w - d * c) ^+ 2)); last exact: sqr_ge0.
  by rewrite gE; ring.
rewrite /spread -sqr_norm ler_pdivr_mulr ?exprn_gt0 // -exprMn.
have wE : c *: u + g = w by rewrite /g addrC subrK.
rewrite -[X in covariance_along x X]wE -[X in covariance_along x _ X]wE.
rewrite mulrDl; apply: covariance_along_add.
- by rewrite mulr_ge0 ?sqrtr_ge0 ?norm_ge0.
- by rewrite !mulr_ge0 ?sqrtr_ge0 ?norm_ge0 ?invr_ge0 ?(ltW d_gt0).
- rewrite covariance_alongZ exprMn sqr_sqrtr ?covariance_along_ge0 //.
  rewrite mulrC ler_wpmul2r ?covariance_along_ge0 // sqr_norm -[leRHS]mulr1 -uu; exact: cauchy_schwarz.
apply: (le_trans (top g)); rewrite !exprMn sqr_sqrtr // !sqr_norm exprVn -!mulrA ler_wpmul2l //.
by rewrite mulrC ler_pdivl_mulr ?exprn_gt0 // mulrC.
Qed.

End Seminorm.

Section Pair.

Variables (R : rcfType) (p : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj) (ni nj : nat).
Hypotheses (li : probability ci) (lj : probability cj).
Hypotheses (ni_gt0 : (0 < ni)%N) (nj_gt0 : (0 < nj)%N) (distinct : mean cj != mean ci).
Local Notation d := (distance ci cj).

Lemma mean_spread_directional lam : is_largest_eigenvalue ci lam ->
  mean_spread ci cj ni nj <= (Num.sqrt (directional_variance ci cj)
    + Num.sqrt lam / d * Num.sqrt (variance ci / ni%:R + variance cj / nj%:R)) ^+ 2.
Proof.
move=> top; have lam0 := largest_ge0 li top; set A := Num.sqrt (directional_variance _ _).
set B := Num.sqrt lam / d; set W := variance ci / _ + _.
have la := mean_of_probability ni li; have lb := mean_of_probability nj lj.
set a := mean_of ni ci; set b := mean_of nj cj.
have D0 : difference ci cj != 0 by rewrite subr_eq0.
have d_gt0 : 0 < d by rewrite distance_gt0.
have [A0 B0] : 0 <= A /\ 0 <= B by rewrite /A /B divr_ge0 ?sqrtr_ge0.
have W0 : 0 <= W by rewrite /W addr_ge0 // divr_ge0 ?variance_ge0 ?ler0n.
have point f g : spread ci (difference ci b + noise b g - noise a f) <=
    A ^+ 2 + 2%:R * (A * B) * norm (noise b g - noise a f) + B ^+ 2 * sqlen (noise b g - noise a f).
  rewrite difference_mean_of // -addrA.
  apply: (le_trans (spread_deviation li _ D0 lam0 (proj2 top))).
  rewrite -/(distance ci cj) -/(direction ci cj) -/(directional_variance ci cj) -/A -/B -sqr_norm.
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
have second : E (weight a) (fun f => E (weight b) (fun g => sqlen (noise b g - noise a f))) = W.
  rewrite (eq_E _ (g := fun f => sqlen (noise a f) + variance b)).
    by rewrite ED Ec // -varianceE !variance_mean_of.
  move=> f; rewrite (eq_E _ (g := fun g => sqlen (- noise a f + noise b g))).
    by rewrite E_sqlen_shift // sqlenN.
  by move=> g; rewrite addrC.
have first_le : E (weight a) (fun f => E (weight b) (fun g => norm (noise b g - noise a f))) <= Num.sqrt W.
  apply: E_le_sqrt => //; rewrite -second; apply: ler_E => // f.
  apply: (le_trans (E_jensen _ lb)); apply: ler_E => // g; by rewrite sqr_norm.
apply: (@le_trans _ _ (A ^+ 2 + 2%:R * (A * B) * Num.sqrt W + B ^+ 2 * W)); last first.
  rewrite -{2}(sqr_sqrtr W0) le_eqVlt; apply/orP; left; apply/eqP; ring.
rewrite /mean_spread.
apply: (@le_trans _ _ (E (weight a) (fun f => E (weight b) (fun g => A ^+ 2
    + 2%:R * (A * B) * norm (noise b g - noise a f) + B ^+ 2 * sqlen (noise b g - noise a f))))).
  by apply: ler_E => // f; apply: ler_E => // g; exact: point.
rewrite (eq_E _ (g := fun f => A ^+ 2
    + 2%:R * (A * B) * E (weight b) (fun g => norm (noise b g - noise a f))
    + B ^+ 2 * E (weight b) (fun g => sqlen (noise b g - noise a f)))); last first.
  by move=> f; rewrite !ED !EZ Ec.
rewrite !ED !EZ Ec // second ler_add2r ler_add2l; apply: ler_wpmul2l first_le.
by rewrite mulr_ge0 ?ler0n // mulr_ge0.
Qed.

End Pair.
