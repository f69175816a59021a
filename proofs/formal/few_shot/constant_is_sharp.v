(* The error of the two-point law is at least the probability of its step, which is what the bound gives. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts laws.
From Collapse.statements.few_shot Require Import constant_is_sharp.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section HalfWay.

Variables (R : rcfType) (p : nat) (q : R) (mu mu' : 'rV[R]_p).
Hypotheses (q0 : 0 < q) (q1 : q < 1).
Local Notation c := (half_way_law q mu mu').
Local Notation D := (mu' - mu).

Let q_neq1 : 1 - q != 0. Proof. by rewrite subr_eq0 eq_sym lt_eqF. Qed.

Lemma half_way_probability : probability c.
Proof.
split=> [[]|]; rewrite ?big_bool /=; [exact: ltW | by rewrite subr_ge0 ltW | by rewrite addrC subrK].
Qed.

Lemma mean_half_way : mean c = mu.
Proof.
rewrite /mean big_bool /=; apply/rowP => r; rewrite !mxE.
by move: (mu 0 r) (mu' 0 r) => x y; field.
Qed.

Lemma noise_half_way t :
  noise c t = (if t then 1 / 2%:R else - (q / (1 - q)) / 2%:R) *: D.
Proof. by rewrite /noise mean_half_way /= addrAC subrr add0r. Qed.

Let k := q / (1 - q) / 4%:R.

Lemma covariance_half_way : covariance c = k *: (D^T *m D).
Proof.
rewrite /covariance big_bool /= !noise_half_way !linearZ /= -!scalemxAl !scalerA -scalerDl.
by congr (_ *: _); rewrite /k; field.
Qed.

Let self : D *m D^T = (sqlen D)%:M.
Proof.
apply/matrixP => r s; rewrite !ord1 !mxE eqxx mulr1n; apply: eq_bigr => i _.
by rewrite !mxE.
Qed.

Lemma largest_half_way : mu' != mu -> is_largest_eigenvalue c (k * sqlen D).
Proof.
move=> apart; have k0 : 0 <= k by rewrite !divr_ge0 ?ler0n ?subr_ge0 // ltW.
split=> [|h].
  exists D; first by rewrite subr_eq0.
  by rewrite covariance_half_way -scalemxAr mulmxA self mul_scalar_mx scalerA.
rewrite covariance_alongE /E big_bool /= !noise_half_way !dotZr.
apply: (le_by_gap (c := k * (sqlen h * sqlen D - dot h D ^+ 2))); last first.
  by rewrite mulr_ge0 // subr_ge0 cauchy_schwarz.
by rewrite /k; move: (sqlen h) (sqlen D) (dot h D) => x y z; field.
Qed.

End HalfWay.

Theorem constant_is_sharp : constant_is_sharp_statement.
Proof.
move=> R p q mui muj q0 q1 apart; cbv zeta.
have q_neq1 : 1 - q != 0 by rewrite subr_eq0 eq_sym lt_eqF.
exists (q / (1 - q) / 4%:R * sqlen (muj - mui)); first exact: largest_half_way.
rewrite /constant_is_sharp_bound sqr_sqrtr ?sqlen_ge0 // /difference !mean_half_way //.
have s_neq0 : sqlen (muj - mui) != 0 by rewrite sqlen_eq0 subr_eq0.
rewrite [leLHS](_ : _ = q); last first.
  move: s_neq0; move: (sqlen _) => s s0; field. 
  by rewrite q_neq1 (_ : _ + _ = s) //; ring.
rewrite /pair_error_at_means /E big_bool /= -[leLHS]addr0; apply: ler_add; last first.
  by rewrite mulr_ge0 ?ler0n // subr_ge0 ltW.
rewrite -[leLHS]mulr1 ler_pmul2l // !mean_half_way //.
suff -> : margin (mui + (1 / 2%:R) *: (muj - mui)) mui muj = 0 by rewrite lexx.
rewrite /margin (_ : _ - muj = (- (1 / 2%:R)) *: (muj - mui)).
  by rewrite addrAC subrr add0r !sqlenZ sqrrN subrr.
by apply/rowP => r; rewrite !mxE; move: (mui 0 r) (muj 0 r) => x y; field.
Qed.
