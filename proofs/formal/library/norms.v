(* The length of a vector over a real closed field. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Norm.

Variables (R : rcfType) (p : nat).
Implicit Types a b h : 'rV[R]_p.

Definition norm a : R := Num.sqrt (sqlen a).

Lemma norm_ge0 a : 0 <= norm a.
Proof. exact: sqrtr_ge0. Qed.

Lemma sqr_norm a : norm a ^+ 2 = sqlen a.
Proof. by rewrite sqr_sqrtr ?sqlen_ge0. Qed.

Lemma norm_gt0 a : (0 < norm a) = (a != 0).
Proof. by rewrite sqrtr_gt0 sqlen_gt0. Qed.

Lemma dot_le_norm a b : dot a b <= norm a * norm b.
Proof.
apply: (le_trans (ler_norm _)).
rewrite -(ler_pexpn2r (n := 2)) ?nnegrE ?normr_ge0 ?mulr_ge0 ?norm_ge0 //.
by rewrite real_normK ?num_real // exprMn !sqr_norm cauchy_schwarz.
Qed.

Lemma norm_le a (c : R) : 0 <= c -> sqlen a <= c ^+ 2 -> norm a <= c.
Proof.
by move=> c0 ac; rewrite -(ler_pexpn2r (n := 2)) ?nnegrE ?norm_ge0 // sqr_norm.
Qed.

Lemma norm_le_sqlen a b : sqlen a <= sqlen b -> norm a <= norm b.
Proof. by move=> ab; rewrite ler_wsqrtr. Qed.

Lemma normN a : norm (- a) = norm a.
Proof. by rewrite /norm sqlenN. Qed.

Lemma ler_normD a b : norm (a + b) <= norm a + norm b.
Proof.
apply: norm_le; first by rewrite addr_ge0 ?norm_ge0.
apply: (le_by_gap (c := 2%:R * (norm a * norm b - dot a b))); last first.
  by rewrite mulr_ge0 ?ler0n // subr_ge0 dot_le_norm.
by rewrite sqlenD -!sqr_norm; ring.
Qed.

Lemma ler_normB a b : norm (a - b) <= norm a + norm b.
Proof. by rewrite -(normN b) ler_normD. Qed.

End Norm.

(* A mean of lengths is at least the length of the mean; the second moment about a shifted centre. *)
Section NormOfLaw.

Variables (R : rcfType) (p : nat) (T : finType) (c : class_of R p T).
Hypothesis lc : probability c.
Local Notation w := (weight c).

Lemma E_norm_ge h : norm h <= E w (fun t => norm (h + noise c t)).
Proof.
have [->|h0] := eqVneq h 0.
  rewrite {1}/norm sqlen0 sqrtr0; apply: E_ge0 => // t; exact: norm_ge0.
have nh : 0 < norm h by rewrite norm_gt0.
rewrite -(ler_pmul2l nh) -expr2 sqr_norm -EZ.
apply: (@le_trans _ _ (E w (fun t => dot h (h + noise c t)))); last first.
  by apply: ler_E => // t; exact: dot_le_norm.
rewrite (eq_E w (g := fun t => dot h h + dot h (noise c t))); last by move=> t; rewrite dotDr.
by rewrite ED Ec // E_dot_noise // addr0.
Qed.

Lemma E_sqlen_shift h : E w (fun t => sqlen (h + noise c t)) = sqlen h + variance c.
Proof.
rewrite (eq_E w (g := fun t => sqlen h + 2%:R * dot h (noise c t) + sqlen (noise c t))).
  by rewrite !ED EZ Ec // E_dot_noise // -varianceE mulr0 addr0.
by move=> t; exact: sqlenD.
Qed.

Lemma E_norm_noise_le : E w (fun t => norm (noise c t)) <= Num.sqrt (variance c).
Proof.
apply: E_le_sqrt => //; rewrite varianceE.
by apply: ler_E => // t; rewrite sqr_norm.
Qed.

End NormOfLaw.
