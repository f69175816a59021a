(* Expectation over a finite set with weights: linearity, monotonicity, Markov, Jensen, Cauchy-Schwarz,
   Minkowski in L2 and L4, and the best shift of a squared deviation (Cantelli). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma indicator_le1 (R : realFieldType) (e : bool) : e%:R <= 1 :> R.
Proof. by case: e; rewrite ?ler01. Qed.

Section Expectation.

Variables (R : realFieldType) (T : finType).
Implicit Types (w f g : T -> R) (c : R).

Definition is_law w := (forall t, 0 <= w t) /\ \sum_t w t = 1.

Definition E w f : R := \sum_t w t * f t.

Lemma eq_E w f g : f =1 g -> E w f = E w g.
Proof. by move=> fg; apply: eq_bigr => t _; rewrite fg. Qed.

Lemma ED w f g : E w (fun t => f t + g t) = E w f + E w g.
Proof. by rewrite /E -big_split; apply: eq_bigr => t _; rewrite mulrDr. Qed.

Lemma EZ w c f : E w (fun t => c * f t) = c * E w f.
Proof. by rewrite /E mulr_sumr; apply: eq_bigr => t _; rewrite mulrCA. Qed.

Lemma EZr w c f : E w (fun t => f t * c) = E w f * c.
Proof. by rewrite mulrC -EZ; apply: eq_E => t; rewrite mulrC. Qed.

Lemma EN w f : E w (fun t => - f t) = - E w f.
Proof. by rewrite -mulN1r -EZ; apply: eq_E => t; rewrite mulN1r. Qed.

Lemma EB w f g : E w (fun t => f t - g t) = E w f - E w g.
Proof. by rewrite ED EN. Qed.

Lemma Ec w c : is_law w -> E w (fun=> c) = c.
Proof. by case=> _ w1; rewrite /E -mulr_suml w1 mul1r. Qed.

Lemma E0 w : E w (fun=> 0) = 0.
Proof. by apply: big1 => t _; rewrite mulr0. Qed.

Lemma E_sum w (I : finType) (P : pred I) (F : I -> T -> R) :
  E w (fun t => \sum_(k | P k) F k t) = \sum_(k | P k) E w (F k).
Proof.
rewrite /E exchange_big; apply: eq_bigr => t _; exact: mulr_sumr.
Qed.

Lemma ler_E w f g : is_law w -> (forall t, f t <= g t) -> E w f <= E w g.
Proof. by case=> w0 _ fg; apply: ler_sum => t _; rewrite ler_wpmul2l. Qed.

Lemma E_ge0 w f : is_law w -> (forall t, 0 <= f t) -> 0 <= E w f.
Proof. by move=> lw f0; rewrite -(E0 w); apply: ler_E. Qed.

Lemma E_le1 w f : is_law w -> (forall t, f t <= 1) -> E w f <= 1.
Proof. by move=> lw f1; rewrite -[leRHS](Ec 1 lw); apply: ler_E. Qed.

(* Cauchy-Schwarz and Jensen for the square. *)
Lemma E_cauchy_schwarz w f g : is_law w ->
  E w (fun t => f t * g t) ^+ 2 <= E w (fun t => f t ^+ 2) * E w (fun t => g t ^+ 2).
Proof.
move=> lw; set s := E w _; set a := E w _; set b := E w _.
have a0 : 0 <= a by apply: E_ge0 => // t; exact: sqr_ge0.
have b0 : 0 <= b by apply: E_ge0 => // t; exact: sqr_ge0.
have quad x y : 0 <= x ^+ 2 * a + 2%:R * (x * y) * s + y ^+ 2 * b.
  rewrite /a /s /b -!EZ -!ED; apply: E_ge0 => // t.
  rewrite [leRHS](_ : _ = (x * f t + y * g t) ^+ 2); [exact: sqr_ge0 | ring].
have [bE|b_neq0] := eqVneq b 0.
  have := quad (2%:R * s) (- (a + 1)).
  rewrite (_ : _ + _ = - (4%:R * s ^+ 2)); last by rewrite bE; ring.
  by rewrite oppr_ge0 pmulr_rle0 ?ltr0n // bE mulr0.
have b_gt0 : 0 < b by rewrite lt_def b_neq0.
have := quad b (- s).
have -> : b ^+ 2 * a + 2%:R * (b * - s) * s + (- s) ^+ 2 * b = b * (a * b - s ^+ 2) by ring.
by rewrite pmulr_rge0 // subr_ge0.
Qed.

Lemma E_jensen w f : is_law w -> E w f ^+ 2 <= E w (fun t => f t ^+ 2).
Proof.
move=> lw; have := E_cauchy_schwarz (fun=> 1) f lw.
have -> : E w (fun t => 1 * f t) = E w f by apply: eq_E => t; rewrite mul1r.
by rewrite (Ec (1 ^+ 2) lw) expr1n mul1r.
Qed.

(* Markov: an event that implies [1 <= f] has probability at most the mean of [f]. *)
Lemma markov w (A : T -> bool) f : is_law w -> (forall t, 0 <= f t) ->
  (forall t, A t -> 1 <= f t) -> E w (fun t => (A t)%:R) <= E w f.
Proof.
move=> lw f0 f1; apply: ler_E => // t.
by case: (boolP (A t)) => [/f1|_] //=; exact: f0.
Qed.

End Expectation.

Lemma E_exchange (R : realFieldType) (S T : finType) (u : S -> R) (w : T -> R) (F : S -> T -> R) :
  E u (fun s => E w (fun t => F s t)) = E w (fun t => E u (fun s => F s t)).
Proof.
rewrite /E; under eq_bigr => s _ do rewrite mulr_sumr.
rewrite exchange_big; apply: eq_bigr => t _; rewrite mulr_sumr.
by apply: eq_bigr => s _; rewrite mulrCA.
Qed.

Section Minkowski.

Variables (R : rcfType) (T : finType) (w : T -> R).
Hypothesis lw : is_law w.

Lemma E_le_sqrt (f : T -> R) q : E w (fun t => f t ^+ 2) <= q -> E w f <= Num.sqrt q.
Proof.
move=> fq; have [f0|f0] := lerP (E w f) 0; first exact: (le_trans f0 (sqrtr_ge0 _)).
rewrite -(ger0_norm (ltW f0)) -sqrtr_sqr ler_wsqrtr //.
exact: (le_trans (E_jensen f lw)).
Qed.

(* Minkowski in L2, with one term a constant; [a] and [q] are at least the roots of second moments. *)
Lemma minkowski2 (f g : T -> R) (a b : R) : 0 <= a -> 0 <= b ->
  E w (fun t => f t ^+ 2) <= a ^+ 2 -> E w (fun t => g t ^+ 2) <= b ^+ 2 ->
  E w (fun t => (f t + g t) ^+ 2) <= (a + b) ^+ 2.
Proof.
move=> a0 b0 fa gb.
have -> : E w (fun t => (f t + g t) ^+ 2)
    = E w (fun t => f t ^+ 2) + 2%:R * E w (fun t => f t * g t) + E w (fun t => g t ^+ 2).
  by rewrite -EZ -!ED; apply: eq_E => t; ring.
have fg : E w (fun t => f t * g t) <= a * b.
  have [h|h] := lerP (E w (fun t => f t * g t)) 0; first exact: (le_trans h (mulr_ge0 a0 b0)).
  rewrite -(ler_pexpn2r (n := 2)) ?nnegrE ?mulr_ge0 ?(ltW h) //.
  apply: (le_trans (E_cauchy_schwarz _ _ lw)).
  by rewrite exprMn ler_pmul // E_ge0 // => t; exact: sqr_ge0.
rewrite (_ : (a + b) ^+ 2 = a ^+ 2 + 2%:R * (a * b) + b ^+ 2); last by ring.
by rewrite !ler_add // ler_pmul2l // ltr0n.
Qed.

(* Minkowski in L4 for a variable and a constant. *)
Lemma minkowski4 (f : T -> R) (q c : R) : (forall t, 0 <= f t) -> 0 <= q -> 0 <= c ->
  E w (fun t => f t ^+ 4) <= q ^+ 4 -> E w (fun t => (f t + c) ^+ 4) <= (q + c) ^+ 4.
Proof.
move=> f0 q0 c0 f4.
have m2 : E w (fun t => f t ^+ 2) <= q ^+ 2.
  apply: (le_trans (E_le_sqrt (q := q ^+ 4) _)); last first.
    by rewrite (_ : q ^+ 4 = (q ^+ 2) ^+ 2) ?sqrtr_sqr ?ger0_norm ?sqr_ge0 // -exprM.
  by rewrite (eq_E w (g := fun t => f t ^+ 4)) // => t; rewrite -exprM.
have m1 : E w f <= q.
  by apply: (le_trans (E_le_sqrt m2)); rewrite sqrtr_sqr ger0_norm.
have m3 : E w (fun t => f t ^+ 3) <= q ^+ 3.
  have e3 : 0 <= E w (fun t => f t ^+ 3) by apply: E_ge0 => // t; exact: exprn_ge0.
  rewrite -(ler_pexpn2r (n := 2)) ?nnegrE ?exprn_ge0 //.
  have -> : E w (fun t => f t ^+ 3) = E w (fun t => f t * f t ^+ 2).
    by apply: eq_E => t; rewrite exprS.
  apply: (le_trans (E_cauchy_schwarz _ _ lw)).
  rewrite (_ : (q ^+ 3) ^+ 2 = q ^+ 2 * q ^+ 4); last by ring.
  apply: ler_pmul => //; try by apply: E_ge0 => // t; rewrite ?exprn_ge0 // sqr_ge0.
  by rewrite (eq_E w (g := fun t => f t ^+ 4)) // => t; rewrite -exprM.
have -> : E w (fun t => (f t + c) ^+ 4) = E w (fun t => f t ^+ 4) + (4%:R * c) * E w (fun t => f t ^+ 3)
    + (6%:R * c ^+ 2) * E w (fun t => f t ^+ 2) + (4%:R * c ^+ 3) * E w f + c ^+ 4.
  rewrite -!EZ -[X in _ + X](Ec (c ^+ 4) lw) -!ED; apply: eq_E => t; ring.
rewrite (_ : (q + c) ^+ 4 = q ^+ 4 + (4%:R * c) * q ^+ 3 + (6%:R * c ^+ 2) * q ^+ 2
    + (4%:R * c ^+ 3) * q + c ^+ 4); last by ring.
by rewrite ler_add2r !ler_add // ler_wpmul2l // mulr_ge0 ?ler0n ?exprn_ge0.
Qed.

End Minkowski.
