(* Many classes at once: independent laws indexed by a finite type, their marginals, and the union bound. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Product.

Variables (R : realFieldType) (I S : finType) (w : I -> S -> R).
Hypothesis lw : forall k, is_law (w k).

Definition together (F : {ffun I -> S}) : R := \prod_k w k (F k).

Lemma E_together_prod (H : I -> S -> R) :
  E together (fun F => \prod_k H k (F k)) = \prod_k E (w k) (H k).
Proof.
rewrite /E [RHS]bigA_distr_bigA /=; apply: eq_bigr => F _.
by rewrite /together -big_split.
Qed.

Lemma together_law : is_law together.
Proof.
split=> [F|]; first by apply: prodr_ge0 => k _; case: (lw k).
have <- : \prod_(k : I) E (w k) (fun=> 1) = 1 by apply: big1 => k _; rewrite Ec.
rewrite -(E_together_prod (fun _ _ => 1)); apply: eq_bigr => F _.
by rewrite big1_eq mulr1.
Qed.

Lemma E_point (k : I) (u : S) : E (w k) (fun s => (s == u)%:R) = w k u.
Proof.
rewrite /E (bigD1 u) //= eqxx mulr1 big1 ?addr0 // => s /negPf ->.
by rewrite mulr0.
Qed.

Lemma sum_points (f : S -> R) (s : S) : f s = \sum_u f u * (s == u)%:R.
Proof.
rewrite (bigD1 s) //= eqxx mulr1 big1 ?addr0 // => u.
by rewrite eq_sym => /negPf ->; rewrite mulr0.
Qed.

Lemma E_together1 i (f : S -> R) : E together (fun F => f (F i)) = E (w i) f.
Proof.
rewrite (eq_E _ (g := fun F : {ffun I -> S} => \prod_k (if k == i then f (F k) else 1))); last first.
  by move=> F; rewrite (bigD1 i) //= eqxx big1 ?mulr1 // => k /negPf ->.
rewrite (E_together_prod (fun k s => if k == i then f s else 1)) (bigD1 i) //= eqxx big1 ?mulr1 //.
by move=> k /negPf ->; rewrite Ec.
Qed.

Lemma E_together2 i j (G : S -> S -> R) : j != i ->
  E together (fun F => G (F i) (F j)) = E (w i) (fun u => E (w j) (fun v => G u v)).
Proof.
move=> ji.
have split (F : {ffun I -> S}) : G (F i) (F j) = \sum_u \sum_v G u v * ((F i == u)%:R * (F j == v)%:R).
  rewrite [LHS](sum_points (fun u => G u (F j))); apply: eq_bigr => u _.
  rewrite [in LHS](sum_points (G u)) mulr_suml; apply: eq_bigr => v _.
  by rewrite -mulrA [_ * (F i == u)%:R]mulrC.
rewrite (eq_E _ split) E_sum /E; apply: eq_bigr => u _; rewrite -/(E _ _).
rewrite E_sum mulr_sumr; apply: eq_bigr => v _; rewrite EZ.
suff -> : E together (fun F : {ffun I -> S} => (F i == u)%:R * (F j == v)%:R) = w i u * w j v by ring.
pose H k s : R := if k == i then (s == u)%:R else if k == j then (s == v)%:R else 1.
rewrite (eq_E _ (g := fun F : {ffun I -> S} => \prod_k H k (F k))); last first.
  move=> F; rewrite (bigD1 i) //= (bigD1 j) //= /H !eqxx (negPf ji) big1 ?mulr1 //.
  by move=> k /andP [/negPf -> /negPf ->].
rewrite E_together_prod (bigD1 i) //= (bigD1 j) //= /H !eqxx (negPf ji) !E_point big1 ?mulr1 //.
by move=> k /andP [/negPf -> /negPf ->]; rewrite Ec.
Qed.

Lemma E_together3 i j l (G : S -> S -> S -> R) : j != i -> l != i -> l != j ->
  E together (fun F => G (F i) (F j) (F l)) =
  E (w i) (fun u => E (w j) (fun v => E (w l) (fun z => G u v z))).
Proof.
move=> ji li lj.
have split (F : {ffun I -> S}) : G (F i) (F j) (F l) =
    \sum_u \sum_v \sum_z G u v z * ((F i == u)%:R * ((F j == v)%:R * (F l == z)%:R)).
  rewrite [LHS](sum_points (fun u => G u (F j) (F l))); apply: eq_bigr => u _.
  rewrite [in LHS](sum_points (fun v => G u v (F l))) mulr_suml; apply: eq_bigr => v _.
  rewrite [in LHS](sum_points (G u v)) !mulr_suml; apply: eq_bigr => z _; ring.
rewrite (eq_E _ split) E_sum /E; apply: eq_bigr => u _; rewrite -/(E _ _).
rewrite E_sum mulr_sumr; apply: eq_bigr => v _; rewrite E_sum !mulr_sumr.
apply: eq_bigr => z _; rewrite EZ.
suff -> : E together (fun F : {ffun I -> S} => (F i == u)%:R * ((F j == v)%:R * (F l == z)%:R))
  = w i u * (w j v * w l z) by ring.
pose H k s : R := if k == i then (s == u)%:R else if k == j then (s == v)%:R
  else if k == l then (s == z)%:R else 1.
rewrite (eq_E _ (g := fun F : {ffun I -> S} => \prod_k H k (F k))); last first.
  move=> F; rewrite (bigD1 i) //= (bigD1 j) //= (bigD1 l) /= ?li ?lj // /H !eqxx (negPf ji) (negPf li).
  rewrite (negPf lj) big1 ?mulr1 //.
  by move=> k /andP [/andP [/negPf -> /negPf ->] /negPf ->].
rewrite E_together_prod (bigD1 i) //= (bigD1 j) //= (bigD1 l) /= ?li ?lj // /H !eqxx (negPf ji).
rewrite (negPf li) (negPf lj) !E_point big1 ?mulr1 //.
by move=> k /andP [/andP [/negPf -> /negPf ->] /negPf ->]; rewrite Ec.
Qed.

End Product.

(* Two independent laws as one. *)
Section Two.

Variables (R : realFieldType) (S T : finType) (u : S -> R) (w : T -> R).
Hypotheses (lu : is_law u) (lw : is_law w).

Definition both (q : S * T) : R := u q.1 * w q.2.

Lemma E_both (F : S -> T -> R) : E both (fun q => F q.1 q.2) = E u (fun s => E w (fun t => F s t)).
Proof.
rewrite /E; under [RHS]eq_bigr => s _ do rewrite mulr_sumr.
by rewrite pair_bigA; apply: eq_bigr => -[s t] _ /=; rewrite /both mulrA.
Qed.

Lemma both_law : is_law both.
Proof.
split=> [q|]; first by rewrite mulr_ge0 //; [case: lu | case: lw].
have <- : E both (fun=> 1) = 1.
  by rewrite (E_both (fun _ _ => 1)) (eq_E u (g := fun=> 1)) ?Ec // => s; rewrite Ec.
by apply: eq_bigr => q _; rewrite mulr1.
Qed.

End Two.

Section UnionBound.

Variables (R : realFieldType) (p n : nat) (I T : finType) (c : I -> class_of R p T).
Hypothesis lc : forall i, probability (c i).

Lemma class_error_le i : class_error c n i <= \sum_(j | j != i) pair_error n n (c i) (c j).
Proof.
have lm j : is_law (weight (mean_of n (c j))) by exact: mean_of_probability.
rewrite /class_error /pair_error /error_given_laws -E_sum; apply: ler_E => [|t]; first exact: lc.
pose ev j F := (margin (atom (c i) t) (atom (mean_of n (c i)) (F i)) (atom (mean_of n (c j)) (F j)) <= 0)%R.
apply: (@le_trans _ _ (E (together (fun j => weight (mean_of n (c j))))
    (fun F => \sum_(j | j != i) (ev j F)%:R))).
  apply: ler_E => [|F]; first exact: (together_law lm).
  case: existsP => [[j /andP [ji e]]|_] /=; last by apply: sumr_ge0 => j _; exact: ler0n.
  by rewrite (bigD1 j) //= /ev e ler_addl; apply: sumr_ge0 => j' _; exact: ler0n.
rewrite E_sum; apply: ler_sum => j ji.
by rewrite (E_together2 lm (fun u v => (margin (atom (c i) t) (atom (mean_of n (c i)) u)
  (atom (mean_of n (c j)) v) <= 0)%R%:R) ji).
Qed.

Lemma few_shot_error_le (f : I -> I -> R) :
  (forall i j, j != i -> pair_error n n (c i) (c j) <= f i j) ->
  few_shot_error c n <= union_over_classes f.
Proof.
move=> h; rewrite ler_wpmul2l ?invr_ge0 ?ler0n //; apply: ler_sum => i _.
by apply: (le_trans (class_error_le i)); apply: ler_sum => j ji; exact: h.
Qed.

End UnionBound.

(* The mean over ordered pairs. *)
Section Average.

Variables (R : realFieldType) (I : finType).
Hypothesis two : (1 < #|I|)%N.
Implicit Types f g : I -> I -> R.

Lemma ways_gt1 : 1 < ways R I.
Proof. by rewrite ltr1n. Qed.

Lemma ways_gt0 : 0 < ways R I.
Proof. exact: lt_trans ltr01 ways_gt1. Qed.

Lemma union_average f : union_over_classes f = (ways R I - 1) * average f.
Proof.
have w0 : ways R I != 0 by rewrite gt_eqF ?ways_gt0.
have w1 : ways R I - 1 != 0 by rewrite gt_eqF ?subr_gt0 ?ways_gt1.
rewrite /union_over_classes /average; move: (\sum_i _) (ways R I) w0 w1 => s k k0 k1.
by field; rewrite k0 k1.
Qed.

Lemma averageD f g : average (fun i j => f i j + g i j) = average f + average g.
Proof.
rewrite /average -mulrDr; congr (_ * _); rewrite -big_split; apply: eq_bigr => i _.
by rewrite -big_split.
Qed.

Lemma averageZ a f : average (fun i j => a * f i j) = a * average f.
Proof.
rewrite /average mulrCA; congr (_ * _); rewrite mulr_sumr; apply: eq_bigr => i _.
by rewrite mulr_sumr.
Qed.

Lemma eq_average f g : (forall i j, j != i -> f i j = g i j) -> average f = average g.
Proof.
by move=> fg; congr (_ * _); apply: eq_bigr => i _; apply: eq_bigr => j; exact: fg.
Qed.

Lemma ler_average f g : (forall i j, j != i -> f i j <= g i j) -> average f <= average g.
Proof.
move=> fg; rewrite ler_wpmul2l //; last first.
  by apply: ler_sum => i _; apply: ler_sum => j; exact: fg.
by rewrite invr_ge0 mulr_ge0 // ltW ?ways_gt0 // subr_gt0 ways_gt1.
Qed.

Lemma average_ge0 f : (forall i j, j != i -> 0 <= f i j) -> 0 <= average f.
Proof.
move=> f0; apply: (@le_trans _ _ (average (fun _ _ : I => 0 : R))); last exact: ler_average.
by rewrite /average big1 ?mulr0 // => i _; apply: big1.
Qed.

Lemma average_swap f : average (fun i j => f j i) = average f.
Proof.
congr (_ * _); rewrite (exchange_big_dep predT) //=; apply: eq_bigr => i _.
by apply: eq_bigl => j; rewrite eq_sym.
Qed.

End Average.
