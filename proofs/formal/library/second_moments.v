(* What a probability is at most when it obeys the family of inequalities of [error_core]: the bound with
   constant 4, and the best one, whose three cases are those of `cdnv_optimal`. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section FromCore.

(* s = 4 lam, va and vb the variances of the two centres, d the distance, e the mean length of one. *)
Variables (R : rcfType) (P s va vb d e : R).
Hypotheses (P_le1 : P <= 1) (s_ge0 : 0 <= s) (vb_ge0 : 0 <= vb).
Hypotheses (d_gt0 : 0 < d) (e_ge0 : 0 <= e) (e_va : e ^+ 2 <= va).
Hypothesis core : forall T, 0 < T -> P * T ^+ 2 <=
  s + va + vb + d ^+ 2 - 2%:R * (e * d) - 2%:R * (T * (d - e)) + T ^+ 2.

Lemma core_sharp : P <= (s + (va + vb)) / d ^+ 2.
Proof.
rewrite ler_pdivl_mulr ?exprn_gt0 //; apply: (le_trans (core d_gt0)).
by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Lemma core_best al : 0 <= al -> al ^+ 2 = va -> al < d -> al * d <= s + (va + vb) ->
  P <= (s + vb) / (s + vb + (d - al) ^+ 2).
Proof.
move=> al0 al_va al_d C_ge; set m := d - al; have m0 : 0 < m by rewrite subr_gt0.
set K := s + vb; have K0 : 0 <= K by rewrite addr_ge0.
have Km0 : 0 < K + m ^+ 2 by rewrite ltr_paddl // exprn_gt0.
pose T := (K + m ^+ 2) / m; have T0 : 0 < T by rewrite divr_gt0.
have Tm : T * m = K + m ^+ 2 by rewrite /T mulfVK // gt_eqF.
have Td : d <= T.
  rewrite ler_pdivl_mulr //; apply: (le_by_gap (c := s + (va + vb) - al * d)); last by rewrite subr_ge0.
  by rewrite /K /m -al_va; ring.
have e_al : e <= al.
  by rewrite -(ler_pexpn2r (n := 2)) ?nnegrE // al_va.
have step : P * T ^+ 2 <= T * (T - m).
  apply: (le_trans (core T0)).
  apply: (le_by_gap (c := 2%:R * ((al - e) * (T - d)))); last first.
    by rewrite !mulr_ge0 ?ler0n ?subr_ge0.
  have -> : T * (T - m) = T ^+ 2 + (K + m ^+ 2) - 2%:R * (T * m) by rewrite Tm -Tm; ring.
  by rewrite /K /m -al_va; ring.
have {step} : P * T <= T - m.
  by rewrite -(ler_pmul2l T0); apply: le_trans step; rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
rewrite -(ler_pmul2r m0) -mulrA Tm => h.
rewrite ler_pdivl_mulr //; apply: (le_trans h).
by rewrite mulrBl Tm le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Lemma core_optimal al : 0 <= al -> al ^+ 2 = va ->
  P <= if d <= al then 1 else if s + (va + vb) <= al * d then (s + (va + vb)) / d ^+ 2
       else (s + vb) / (s + vb + (d - al) ^+ 2).
Proof.
move=> al0 al_va; case: (leP d al) => [//|al_d].
by case: (leP _ (al * d)) => [_|/ltW C_ge]; [exact: core_sharp | exact: core_best].
Qed.

End FromCore.

(* The optimal value never exceeds 1 and the value with constant 4. *)
Lemma optimal_le (R : rcfType) (s va vb d al : R) : 0 <= s -> 0 <= vb -> 0 < d -> 0 <= al -> al ^+ 2 = va ->
  (if d <= al then 1 else if s + (va + vb) <= al * d then (s + (va + vb)) / d ^+ 2
     else (s + vb) / (s + vb + (d - al) ^+ 2)) <= Num.min 1 ((s + (va + vb)) / d ^+ 2).
Proof.
move=> s0 vb0 d0 al0 al_va; have d2 : 0 < d ^+ 2 by rewrite exprn_gt0.
have K0 : 0 <= s + vb by rewrite addr_ge0.
rewrite le_minr; case: (leP d al) => [d_al|al_d].
  rewrite lexx ler_pdivl_mulr // mul1r -al_va.
  apply: (@le_trans _ _ (al ^+ 2)); first by rewrite ler_pexpn2r ?nnegrE // ltW.
  by rewrite addrCA ler_addl.
have m0 : 0 < d - al by rewrite subr_gt0.
case: (leP _ (al * d)) => [C_le|C_gt].
  rewrite lexx andbT ler_pdivr_mulr // mul1r; apply: (le_trans C_le).
  by rewrite expr2 ler_wpmul2r // ltW.
have Km0 : 0 < s + vb + (d - al) ^+ 2 by rewrite ltr_paddl // exprn_gt0.
rewrite ler_pdivr_mulr // mul1r ler_addl sqr_ge0 /=.
rewrite ler_pdivr_mulr // mulrAC ler_pdivl_mulr //.
apply: (le_by_gap (c := (s + (va + vb) - al * d) ^+ 2)); last exact: sqr_ge0.
by rewrite -al_va; ring.
Qed.

Section Pair.

Variables (R : rcfType) (p : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj) (ni nj : nat).
Hypotheses (li : probability ci) (lj : probability cj).
Hypotheses (ni_gt0 : (0 < ni)%N) (nj_gt0 : (0 < nj)%N).

Lemma distance_gt0 : (0 < distance ci cj) = (mean cj != mean ci).
Proof. by rewrite sqrtr_gt0 sqlen_gt0 subr_eq0. Qed.

Lemma distance_mean_of : distance ci (mean_of nj cj) = distance ci cj.
Proof. by rewrite /distance /difference mean_mean_of. Qed.

Lemma difference_mean_of : difference ci (mean_of nj cj) = difference ci cj.
Proof. by rewrite /difference mean_mean_of. Qed.

Lemma distanceC : distance cj ci = distance ci cj.
Proof. by rewrite /distance /difference -opprB sqlenN. Qed.

Lemma pair_error_le1 : pair_error ni nj ci cj <= 1.
Proof. by apply: error_le1 => //; exact: mean_of_probability. Qed.

Lemma pair_error_ge0 : 0 <= pair_error ni nj ci cj.
Proof. by apply: error_ge0 => //; exact: mean_of_probability. Qed.

Definition mean_spread : R :=
  E (weight (mean_of ni ci)) (fun f => E (weight (mean_of nj cj)) (fun g =>
    spread ci (difference ci (mean_of nj cj) + noise (mean_of nj cj) g - noise (mean_of ni ci) f))).

Lemma mean_spread_le_of lam : (forall h, covariance_along ci h h <= lam * sqlen h) -> 0 <= lam ->
  mean_spread <= lam.
Proof.
move=> top lam0; have la := mean_of_probability ni li; have lb := mean_of_probability nj lj.
rewrite -[leRHS](Ec lam la); apply: ler_E => // f.
rewrite -[leRHS](Ec lam lb); apply: ler_E => // g.
exact: spread_le.
Qed.

Lemma mean_spread_le lam : is_largest_eigenvalue ci lam -> mean_spread <= lam.
Proof. by move=> top; apply: mean_spread_le_of (proj2 top) (largest_ge0 li top). Qed.

Lemma pair_core ell : mean_spread <= ell ->
  exists2 e, 0 <= e /\ e ^+ 2 <= variance ci / ni%:R &
  forall T, 0 < T -> pair_error ni nj ci cj * T ^+ 2 <= 4%:R * ell + variance ci / ni%:R
    + variance cj / nj%:R + distance ci cj ^+ 2 - 2%:R * (e * distance ci cj)
    - 2%:R * (T * (distance ci cj - e)) + T ^+ 2.
Proof.
have la := mean_of_probability ni li; have lb := mean_of_probability nj lj.
move=> /(error_core li la lb (mean_mean_of li ni_gt0)).
by rewrite !variance_mean_of // distance_mean_of.
Qed.

Hypothesis distinct : mean cj != mean ci.

Lemma pair_sharp ell : mean_spread <= ell -> pair_error ni nj ci cj <=
  (4%:R * ell + (variance ci / ni%:R + variance cj / nj%:R)) / distance ci cj ^+ 2.
Proof.
move=> /pair_core [e [_ _] core]; apply: core_sharp core; by rewrite distance_gt0.
Qed.

Lemma pair_optimal ell : 0 <= ell -> mean_spread <= ell ->
  let al := Num.sqrt (variance ci / ni%:R) in
  let C := 4%:R * ell + (variance ci / ni%:R + variance cj / nj%:R) in
  let K := 4%:R * ell + variance cj / nj%:R in
  pair_error ni nj ci cj <= if distance ci cj <= al then 1 else if C <= al * distance ci cj
    then C / distance ci cj ^+ 2 else K / (K + (distance ci cj - al) ^+ 2).
Proof.
move=> ell0 sp; cbv zeta; have [e [e0 e_va] core] := pair_core sp.
apply: (core_optimal _ _ _ _ _ e_va core) => //.
- exact: pair_error_le1.
- by rewrite mulr_ge0 ?ler0n.
- by rewrite divr_ge0 ?ler0n ?variance_ge0.
- by rewrite distance_gt0.
- exact: sqrtr_ge0.
by rewrite sqr_sqrtr // divr_ge0 ?ler0n ?variance_ge0.
Qed.

End Pair.
