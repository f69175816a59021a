(* Mean and variance of the margin for three independent laws, and Cantelli's inequality. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin second_moments.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The best T in [P T^2 <= V + (T - m)^2]. *)
Lemma cantelli (R : rcfType) (P V m : R) : 0 <= V -> 0 < m ->
  (forall T, 0 < T -> P * T ^+ 2 <= V + (T - m) ^+ 2) -> P <= V / (V + m ^+ 2).
Proof.
move=> V0 m0 h; have Vm0 : 0 < V + m ^+ 2 by rewrite ltr_paddl // exprn_gt0.
pose T := (V + m ^+ 2) / m; have T0 : 0 < T by rewrite divr_gt0.
have Tm : T * m = V + m ^+ 2 by rewrite /T mulfVK // gt_eqF.
have step : P * T ^+ 2 <= T * (T - m).
  apply: (le_trans (h T T0)); rewrite le_eqVlt; apply/orP; left; apply/eqP.
  have -> : V = T * m - m ^+ 2 by rewrite Tm; ring.
  by ring.
have {step} : P * T <= T - m.
  by rewrite -(ler_pmul2l T0); apply: le_trans step; rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
rewrite -(ler_pmul2r m0) -mulrA Tm => g.
rewrite ler_pdivl_mulr //; apply: (le_trans g).
by rewrite mulrBl Tm le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Section Covariance.

Variables (R : realFieldType) (p : nat) (Tx Tb : finType).
Variables (x : class_of R p Tx) (b : class_of R p Tb).
Hypotheses (lx : probability x) (lb : probability b).

Lemma E_covariance_shift h :
  E (weight b) (fun g => covariance_along x (h + noise b g) (h + noise b g)) =
  covariance_along x h h + trace_product x b.
Proof.
rewrite (eq_E _ (g := fun g => E (weight x) (fun t => dot (h + noise b g) (noise x t)
    * dot (h + noise b g) (noise x t)))); last by move=> g; rewrite covariance_alongE.
rewrite E_exchange covariance_alongE trace_product_along -ED; apply: eq_E => t.
rewrite covariance_alongE; move: (noise x t) => xi.
rewrite (eq_E _ (g := fun g => dot h xi * dot h xi + 2%:R * dot h xi * dot xi (noise b g)
    + dot xi (noise b g) * dot xi (noise b g))).
  by rewrite !ED Ec // EZ E_dot_noise // mulr0 addr0.
by move=> g; rewrite dotDl (dotC (noise b g)); ring.
Qed.

End Covariance.

Section MarginMoments.

Variables (R : rcfType) (p : nat) (Tx Ta Tb : finType).
Variables (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb).
Hypotheses (lx : probability x) (la : probability a) (lb : probability b).
Hypothesis mean_a : mean a = mean x.
Local Notation D := (difference x b).
Local Notation P := (error_given_laws x a b).
Local Notation M t f g := (margin (atom x t) (atom a f) (atom b g)).

Definition margin_mean : R := sqlen D + (variance b - variance a).
Definition margin_variance : R :=
  4%:R * covariance_along x D D + 4%:R * covariance_along b D D
  + 4%:R * (trace_product x a + trace_product x b) + 4%:R * dot D (third b)
  + (fourth a - variance a ^+ 2) + (fourth b - variance b ^+ 2).

(* The centred squared length of a, and what b adds to the margin. *)
Let Sa f := sqlen (noise a f) - variance a.
Let Sb g := 2%:R * dot D (noise b g) + sqlen (noise b g) - variance b.

Lemma E_Sa : E (weight a) Sa = 0.
Proof. by rewrite /Sa EB -varianceE Ec // subrr. Qed.

Lemma E_Sb : E (weight b) Sb = 0.
Proof. by rewrite /Sb EB ED EZ E_dot_noise // -varianceE Ec // mulr0 add0r subrr. Qed.

Lemma E_Sa2 : E (weight a) (fun f => Sa f ^+ 2) = fourth a - variance a ^+ 2.
Proof.
rewrite (eq_E _ (g := fun f => sqlen (noise a f) ^+ 2 - 2%:R * variance a * sqlen (noise a f)
    + variance a ^+ 2)); last by move=> f; rewrite /Sa; ring.
by rewrite ED EB EZ Ec // -varianceE -/(fourth a); ring.
Qed.

Lemma E_Sb2 : E (weight b) (fun g => Sb g ^+ 2) =
  4%:R * covariance_along b D D + 4%:R * dot D (third b) + (fourth b - variance b ^+ 2).
Proof.
rewrite (eq_E _ (g := fun g => 4%:R * (dot D (noise b g) * dot D (noise b g))
    + 4%:R * (sqlen (noise b g) * dot D (noise b g)) + sqlen (noise b g) ^+ 2
    - 2%:R * variance b * sqlen (noise b g) - (4%:R * variance b) * dot D (noise b g)
    + variance b ^+ 2)); last by move=> g; rewrite /Sb; ring.
rewrite ED !EB !ED !EZ Ec // E_dot_noise // -covariance_alongE -dot_third -varianceE -/(fourth b).
by ring.
Qed.

Lemma E_shifted_square (T : R) :
  E (weight a) (fun f => E (weight b) (fun g => E (weight x) (fun t => (T - M t f g) ^+ 2))) =
  margin_variance + (T - margin_mean) ^+ 2.
Proof.
pose w f g := D - noise a f + noise b g.
have inner f g : E (weight x) (fun t => (T - M t f g) ^+ 2) =
    (T - margin_mean + Sa f - Sb g) ^+ 2 + 4%:R * covariance_along x (w f g) (w f g).
  rewrite covariance_alongE.
  rewrite (eq_E _ (g := fun t => (T - margin_mean + Sa f - Sb g) ^+ 2
      + 4%:R * (T - margin_mean + Sa f - Sb g) * dot (w f g) (noise x t)
      + 4%:R * (dot (w f g) (noise x t) * dot (w f g) (noise x t)))).
    by rewrite !ED Ec // !EZ E_dot_noise // mulr0 addr0.
  move=> t; rewrite marginE // -[D + noise b g - _]addrAC -/(w f g) (dotC (noise x t)).
  rewrite /margin_mean /Sa /Sb sqlenD; move: (dot (w f g) _) => s; ring.
have middle f : E (weight b) (fun g => E (weight x) (fun t => (T - M t f g) ^+ 2)) =
    (T - margin_mean + Sa f) ^+ 2 + E (weight b) (fun g => Sb g ^+ 2)
    + 4%:R * (covariance_along x (D - noise a f) (D - noise a f) + trace_product x b).
  rewrite (eq_E _ (inner f)) ED EZ E_covariance_shift //; congr (_ + _).
  rewrite (eq_E _ (g := fun g => (T - margin_mean + Sa f) ^+ 2
      + - (2%:R * (T - margin_mean + Sa f)) * Sb g + Sb g ^+ 2)); last by move=> g; ring.
  by rewrite !ED Ec // EZ E_Sb mulr0 addr0.
rewrite (eq_E _ middle) !ED EZ E_Sb2 !Ec //.
have -> : E (weight a) (fun f => covariance_along x (D - noise a f) (D - noise a f) + trace_product x b)
    = covariance_along x D D + trace_product x a + trace_product x b.
  rewrite ED Ec // -E_covariance_shift //; congr (_ + _).
  rewrite (eq_E _ (g := fun f => covariance_along x (- D + noise a f) (- D + noise a f))).
    by rewrite !E_covariance_shift // !covariance_alongE; congr (_ + _); apply: eq_E => t;
      rewrite dotNl; ring.
  by move=> f; rewrite !covariance_alongE; apply: eq_E => t; rewrite !(dotBl, dotDl, dotNl); ring.
have -> : E (weight a) (fun f => (T - margin_mean + Sa f) ^+ 2) =
    (T - margin_mean) ^+ 2 + (fourth a - variance a ^+ 2).
  rewrite -E_Sa2 (eq_E _ (g := fun f => (T - margin_mean) ^+ 2
      + 2%:R * (T - margin_mean) * Sa f + Sa f ^+ 2)); last by move=> f; ring.
  by rewrite !ED Ec // EZ E_Sa mulr0 addr0.
by rewrite /margin_variance; ring.
Qed.

Lemma margin_variance_ge0 : 0 <= margin_variance.
Proof.
have := E_shifted_square margin_mean; rewrite subrr expr0n addr0 => <-.
by do 3![apply: E_ge0 => // ?]; exact: sqr_ge0.
Qed.

Lemma error_cantelli : 0 < margin_mean ->
  P <= margin_variance / (margin_variance + margin_mean ^+ 2).
Proof.
move=> m0; apply: cantelli => // [|T T0]; first exact: margin_variance_ge0.
rewrite -ler_pdivl_mulr ?exprn_gt0 // -E_shifted_square // error_by_centres // -EZr.
apply: ler_E => // f; rewrite -EZr; apply: ler_E => // g; rewrite -EZr.
apply: ler_E => // t; case: (boolP (_ <= 0)) => [M0|_] /=; last by rewrite divr_ge0 ?sqr_ge0.
rewrite ler_pdivl_mulr ?exprn_gt0 // mul1r ler_pexpn2r ?nnegrE ?(ltW T0) //.
  by rewrite ler_addl oppr_ge0.
by rewrite subr_ge0 (le_trans M0) // ltW.
Qed.

End MarginMoments.

Section PairMoments.

Variables (R : rcfType) (p : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj) (ni nj : nat).
Hypotheses (li : probability ci) (lj : probability cj).
Hypotheses (ni_gt0 : (0 < ni)%N) (nj_gt0 : (0 < nj)%N).
Local Notation D := (difference ci cj).

Definition pair_mean : R := sqlen D + (variance cj / nj%:R - variance ci / ni%:R).

Definition centre_variance (T : finType) (c : class_of R p T) (n : nat) : R :=
  (fourth c - variance c ^+ 2 + 2%:R * (n%:R - 1) * squared_trace c) / n%:R ^+ 3.

Definition pair_variance : R :=
  4%:R * covariance_along ci D D + 4%:R * covariance_along cj D D / nj%:R
  + 4%:R * (squared_trace ci / ni%:R + trace_product ci cj / nj%:R)
  + 4%:R * third_along ci cj / nj%:R ^+ 2 + centre_variance ci ni + centre_variance cj nj.

Lemma pair_meanE : margin_mean ci (mean_of ni ci) (mean_of nj cj) = pair_mean.
Proof. by rewrite /margin_mean !variance_mean_of // difference_mean_of. Qed.

Lemma pair_varianceE : margin_variance ci (mean_of ni ci) (mean_of nj cj) = pair_variance.
Proof.
have nR n : (0 < n)%N -> n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite /margin_variance !variance_mean_of // !fourth_mean_of // difference_mean_of //.
rewrite covariance_along_mean_of // third_mean_of // !trace_product_mean_of //.
rewrite -[trace_product ci ci]/(squared_trace ci) /pair_variance /centre_variance /third_along.
move: (covariance_along ci D D) (covariance_along cj D D) (dot D (third cj)) (trace_product ci cj).
move: (squared_trace ci) (squared_trace cj) (fourth ci) (fourth cj) (variance ci) (variance cj).
move=> s1 s2 f1 f2 v1 v2 c1 c2 t1 t2; field.
by rewrite !nR.
Qed.

Lemma pair_variance_ge0 : 0 <= pair_variance.
Proof.
rewrite -pair_varianceE; apply: margin_variance_ge0 => //; try exact: mean_of_probability.
exact: mean_mean_of.
Qed.

Lemma pair_cantelli : 0 < pair_mean ->
  pair_error ni nj ci cj <= pair_variance / (pair_variance + pair_mean ^+ 2).
Proof.
rewrite -pair_meanE -pair_varianceE => m0; apply: error_cantelli => //; try exact: mean_of_probability.
exact: mean_mean_of.
Qed.

(* u' S u, in units of d^2. *)
Lemma directional_variance_scaled (T : finType) (c : class_of R p T) : mean cj != mean ci ->
  distance ci cj ^+ 2 * covariance_along c (direction ci cj) (direction ci cj) =
  covariance_along c D D.
Proof.
move=> ij; have d0 : distance ci cj != 0 by rewrite gt_eqF ?distance_gt0.
rewrite !covariance_alongE -EZ; apply: eq_E => t; rewrite /direction dotZl.
by move: (dot D _) (distance ci cj) d0 => s d d0; field.
Qed.

Lemma direction_swap (T : finType) (c : class_of R p T) :
  covariance_along c (direction cj ci) (direction cj ci) =
  covariance_along c (direction ci cj) (direction ci cj).
Proof.
have -> : direction cj ci = - direction ci cj.
  by rewrite /direction distanceC -scalerN /difference opprB.
by rewrite !covariance_alongE; apply: eq_E => t; rewrite dotNl; ring.
Qed.

End PairMoments.
