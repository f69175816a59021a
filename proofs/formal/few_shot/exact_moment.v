(* Cantelli's inequality with the exact mean and variance of the margin (library/moments.v). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes moments.
From Collapse.statements.few_shot Require Import exact_moment.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma exact_moment_boundE (R : rcfType) (p n : nat) (Ti Tj : finType)
    (ci : class_of R p Ti) (cj : class_of R p Tj) :
  probability ci -> probability cj -> (0 < n)%N -> mean cj != mean ci ->
  let m := distance ci cj ^+ 2 + (variance cj - variance ci) / n%:R in
  let V := pair_variance ci cj n n in
  exact_moment_bound n ci cj = if 0 < m then V / (m ^+ 2 + V) else 1.
Proof.
move=> pi pj n0 ij; have nR : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite /exact_moment_bound /directional_variance (direction_swap ci cj cj); cbv zeta.
rewrite /pair_variance /centre_variance -!(directional_variance_scaled _ ij).
move: (covariance_along ci _ _) (covariance_along cj _ _) (third_along ci cj) (trace_product ci cj).
move: (squared_trace ci) (squared_trace cj) (fourth ci) (fourth cj) (variance ci) (variance cj).
move: (distance ci cj) => x s1 s2 f1 f2 v1 v2 c1 c2 t1 t2.
by case: ifP => // _; congr (_ / (_ + _)); field.
Qed.

Lemma pair : exact_moment_pair.
Proof.
move=> R p n Ti Tj ci cj pi pj n0 ij; rewrite exact_moment_boundE //.
have mE : pair_mean ci cj n n = distance ci cj ^+ 2 + (variance cj - variance ci) / n%:R.
  by rewrite /pair_mean sqr_distance mulrBl.
rewrite -mE [_ ^+ 2 + _]addrC; case: ifP => [m0|_]; last exact: pair_error_le1.
exact: pair_cantelli.
Qed.

Theorem exact_moment : exact_moment_statement.
Proof.
split; first exact: pair.
move=> R p n I S c two pc n0 ij.
by apply: few_shot_error_le => // i j ji; apply: pair => //; exact: ij.
Qed.
