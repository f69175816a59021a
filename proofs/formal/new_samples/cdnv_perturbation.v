(* The CDNV of two classes from sample means and variances with given radii: the triangle inequality for the
   distance of the means, both ways. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts norms margin second_moments.
From Collapse.statements.new_samples Require Import cdnv_perturbation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Distances.

Variables (R : rcfType) (p m : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj) (yi yj : 'I_m -> 'rV[R]_p) (eps_i eps_j : R).
Hypotheses (ri : is_mean_radius ci yi eps_i) (rj : is_mean_radius cj yj eps_j).

Lemma distance_le_sample : distance ci cj <= sample_distance yi yj + (eps_i + eps_j).
Proof.
rewrite -[distance ci cj]/(norm (difference ci cj)) -[sample_distance yi yj]/(norm (sample_mean yj - sample_mean yi)).
have -> : difference ci cj = (sample_mean yj - sample_mean yi)
    + ((sample_mean yi - mean ci) - (sample_mean yj - mean cj)).
  by apply/rowP => r; rewrite !mxE; ring.
apply: (le_trans (ler_normD _ _)); rewrite ler_add2l.
exact: (le_trans (ler_normB _ _) (ler_add ri rj)).
Qed.

Lemma sample_le_distance : sample_distance yi yj <= distance ci cj + (eps_i + eps_j).
Proof.
rewrite -[distance ci cj]/(norm (difference ci cj)) -[sample_distance yi yj]/(norm (sample_mean yj - sample_mean yi)).
have -> : sample_mean yj - sample_mean yi = difference ci cj
    + ((sample_mean yj - mean cj) - (sample_mean yi - mean ci)).
  by apply/rowP => r; rewrite !mxE; ring.
apply: (le_trans (ler_normD _ _)); rewrite ler_add2l [leRHS]addrC.
exact: (le_trans (ler_normB _ _) (ler_add rj ri)).
Qed.

End Distances.

(* v/(2 d^2) <= (w/(2 e^2)) q^2 where v <= w and e <= d q. *)
Lemma ratio_of_squares (R : rcfType) (v w d e q : R) : 0 <= v -> v <= w -> 0 < d -> 0 < e -> 0 <= q ->
  e <= d * q -> v / (2%:R * d ^+ 2) <= w / (2%:R * e ^+ 2) * q ^+ 2.
Proof.
move=> v0 vw d0 e0 q0 edq; have d2 : 0 < 2%:R * d ^+ 2 by rewrite mulr_gt0 ?ltr0n ?exprn_gt0.
have e2 : 0 < 2%:R * e ^+ 2 by rewrite mulr_gt0 ?ltr0n ?exprn_gt0.
have e_dq : e ^+ 2 <= (d * q) ^+ 2 by rewrite ler_pexpn2r ?nnegrE ?(ltW e0) ?mulr_ge0 ?(ltW d0).
rewrite ler_pdivr_mulr // -(ler_pmul2r e2).
apply: (@le_trans _ _ (w * (2%:R * (d * q) ^+ 2))).
  apply: ler_pmul => //; first by rewrite ltW.
  by rewrite ler_pmul2l ?ltr0n.
rewrite le_eqVlt; apply/orP; left; apply/eqP.
by move: e0 => /gt_eqF/negbT e0; field.
Qed.

Section Both.

Variables (R : rcfType) (p m : nat) (Ti Tj : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj) (yi yj : 'I_m -> 'rV[R]_p).
Variables (eps_i eps_j eta_i eta_j : R).
Hypotheses (pi : probability ci) (pj : probability cj).
Hypotheses (ri : is_mean_radius ci yi eps_i) (rj : is_mean_radius cj yj eps_j).
Hypotheses (hi : is_variance_radius ci yi eta_i) (hj : is_variance_radius cj yj eta_j).

Lemma variances_le : variance ci + variance cj <=
  sample_variance yi + sample_variance yj + (eta_i + eta_j).
Proof.
by rewrite addrACA; apply: ler_add; rewrite -ler_subl_addl; [exact: hi | exact: hj].
Qed.

Lemma variances_ge0 : 0 <= variance ci + variance cj.
Proof. by rewrite addr_ge0 ?variance_ge0. Qed.

Lemma radii_ge0 : 0 <= eps_i + eps_j.
Proof. by apply: addr_ge0; [exact: le_trans (sqrtr_ge0 _) ri | exact: le_trans (sqrtr_ge0 _) rj]. Qed.

End Both.

Theorem cdnv_perturbation : cdnv_perturbation_statement.
Proof.
move=> R p m Ti Tj ci cj yi yj ei ej ti tj pi pj ij sij ri rj hi hj; cbv zeta.
have d0 : 0 < distance ci cj by rewrite distance_gt0.
have e0 : 0 < sample_distance yi yj by rewrite sqrtr_gt0 sqlen_gt0 subr_eq0.
have q0 := radii_ge0 ri rj.
apply: (le_trans (ratio_of_squares (q := 1 + (ei + ej) / distance ci cj)
  (variances_ge0 pi pj) (variances_le hi hj) d0 e0 _ _)).
- by rewrite addr_ge0 ?ler01 // divr_ge0 // ltW.
- by rewrite mulrDr mulr1 mulrC divfK ?gt_eqF //; exact: sample_le_distance.
rewrite le_eqVlt; apply/orP; left; apply/eqP.
move: (distance ci cj) (sample_distance yi yj) d0 e0 => d e /gt_eqF/negbT d0 /gt_eqF/negbT e0.
by field; rewrite d0 e0.
Qed.

Theorem cdnv_perturbation_from_samples : cdnv_perturbation_from_samples_statement.
Proof.
move=> R p m Ti Tj ci cj yi yj ei ej ti tj pi pj ij sij ri rj hi hj; cbv zeta => A1.
have d0 : 0 < distance ci cj by rewrite distance_gt0.
have e0 : 0 < sample_distance yi yj by rewrite sqrtr_gt0 sqlen_gt0 subr_eq0.
have q1 : 0 < 1 - (ei + ej) / sample_distance yi yj by rewrite subr_gt0.
apply: (le_trans (ratio_of_squares (q := (1 - (ei + ej) / sample_distance yi yj)^-1)
  (variances_ge0 pi pj) (variances_le hi hj) d0 e0 _ _)).
- by rewrite invr_ge0 ltW.
- rewrite ler_pdivl_mulr // mulrBr mulr1 mulrC divfK ?gt_eqF // ler_subl_addr.
  exact: sample_le_distance.
rewrite exprVn le_eqVlt; apply/orP; left; apply/eqP; congr (_ / _).
move: (sample_distance yi yj) e0 => e /gt_eqF/negbT e0.
by field.
Qed.
