(* The union over classes from the joint moments of the margins (library/joint.v). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments classes union joint.
From Collapse.statements.few_shot Require Import union_moment.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section OneClass.

Variables (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) (i : I).
Hypotheses (two : (1 < #|I|)%N) (pc : forall i, probability (c i)) (n0 : (0 < n)%N).
Hypothesis ij : forall i j, j != i -> mean (c j) != mean (c i).

Let nR : n%:R != 0 :> R. Proof. by rewrite pnatr_eq0 -lt0n. Qed.

(* Mean, variance and covariance of the margins as the statement writes them. *)
Let m j : R := distance (c i) (c j) ^+ 2 + (variance (c j) - variance (c i)) / n%:R.

Lemma written_mean j : pair_mean (c i) (c j) n n = m j.
Proof. by rewrite /pair_mean sqr_distance -mulrBl. Qed.

Let V j : R := 4%:R * distance (c i) (c j) ^+ 2 * directional_variance (c i) (c j)
  + (4%:R * squared_trace (c i) + 4%:R * trace_product (c i) (c j)) / n%:R
  + 4%:R * distance (c i) (c j) ^+ 2 * directional_variance (c j) (c i) / n%:R
  + 4%:R * third_along (c i) (c j) / n%:R ^+ 2
  + (fourth (c i) + (2%:R * n%:R - 2%:R) * squared_trace (c i) - variance (c i) ^+ 2) / n%:R ^+ 3
  + (fourth (c j) + (2%:R * n%:R - 2%:R) * squared_trace (c j) - variance (c j) ^+ 2) / n%:R ^+ 3.

Lemma written_variance j : j != i -> pair_variance (c i) (c j) n n = V j.
Proof.
move=> ji; rewrite /V /pair_variance /centre_variance -!(directional_variance_scaled _ (ij ji)).
rewrite /directional_variance (direction_swap (c i) (c j) (c j)).
move: (covariance_along (c i) _ _) (covariance_along (c j) _ _) (third_along _ _) (trace_product _ _).
move: (squared_trace (c i)) (squared_trace (c j)) (fourth (c i)) (fourth (c j)).
move: (variance (c i)) (variance (c j)) (distance (c i) (c j)).
by move=> v1 v2 d s1 s2 f1 f2 c1 c2 t1 t2; field.
Qed.

Let C j l : R := 4%:R * cross_variance (c i) (c j) (c l) + 4%:R * squared_trace (c i) / n%:R
  + (fourth (c i) + (2%:R * n%:R - 2%:R) * squared_trace (c i) - variance (c i) ^+ 2) / n%:R ^+ 3.

Lemma written_covariance j l : joint_covariance n c i j l = C j l.
Proof.
rewrite /C /joint_covariance /centre_variance /cross_variance; congr (_ + _ + _ / _).
by move: (fourth _) (squared_trace _) (variance _) => f s v; ring.
Qed.

Let s j : R := (V j + m j ^+ 2) / m j.
Let T : R := \sum_(j | j != i) (V j + (m j - s j) ^+ 2) / s j ^+ 2.
Let P0 : R := (\sum_(j | j != i) \sum_(l | (l != i) && (l != j))
  (C j l + (m j - s j) * (m l - s l)) / (s j * s l) + T) / (ways R I - 1).

Lemma written_total : joint_total n c i = T.
Proof. by apply: eq_bigr => j ji; rewrite written_variance // written_mean. Qed.

Lemma written_along : joint_along n c i = P0.
Proof.
rewrite /joint_along /P0 written_total addrC; congr ((_ + _) / _); apply: eq_bigr => j ji.
apply: eq_bigr => l /andP [li _].
by rewrite written_covariance !written_mean !written_variance.
Qed.

Lemma one_class : class_error c n i <= union_moment_bound n c i.
Proof.
have le1 : class_error c n i <= 1.
  by do 2![apply: E_le1 => [|?]; [exact: pc || exact: (together_law (fun j => mean_of_probability n (pc j)))|]];
    exact: indicator_le1.
rewrite /union_moment_bound; cbv zeta; case: ifP => [/forallP pos|_ //].
have m0 j : j != i -> 0 < pair_mean (c i) (c j) n n.
  by move=> ji; rewrite written_mean; have /implyP := pos j; exact.
rewrite le_minr le1 /=; apply: (le_trans (class_error_joint two pc n0 m0)).
rewrite written_along written_total addrC [(ways R I - 1 - 1) * _]mulrC; exact: lexx.
Qed.

End OneClass.

Theorem union_moment : union_moment_statement.
Proof.
move=> R p n I S c two pc n0 ij; split=> [i|]; first exact: one_class.
rewrite ler_wpmul2l ?invr_ge0 ?ler0n //; apply: ler_sum => i _; exact: one_class.
Qed.
