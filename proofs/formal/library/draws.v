(* Moments of the mean of n independent draws, by induction on n: one more draw is independent of the
   sum of the others. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section SumOfDraws.

Variables (R : realFieldType) (p : nat) (T : finType) (c : class_of R p T).
Hypothesis lw : probability c.
Local Notation w := (weight c).
Local Notation xi := (noise c).
Local Notation S f := (\sum_s xi (f s)).
Local Notation "''E_' n" := (E (@draws R T w n)) (at level 8, n at level 2, format "''E_' n").
Implicit Types (h : 'rV[R]_p) (n : nat).

Let ln n : is_law (@draws R T w n) := draws_law lw n.

Lemma E_covariance_noise h : E w (fun t => covariance_along c (xi t) h) = 0.
Proof.
rewrite (eq_E w (g := fun t => E w (fun t' => dot h (xi t') * dot (xi t') (xi t)))); last first.
  by move=> t; rewrite covariance_alongE; apply: eq_E => t'; rewrite mulrC (dotC (xi t')).
rewrite E_exchange -[RHS](E0 w); apply: eq_E => t'.
by rewrite EZ E_dot_noise ?mulr0.
Qed.

Lemma sum_dot n h : 'E_n (fun f => dot h (S f)) = 0.
Proof.
elim: n => [|n IH]; first by rewrite (E_draws0 w xi (dot h)) dot0r.
rewrite (E_draws_recl w n xi (dot h)) -[RHS](E_dot_noise lw h); apply: eq_E => t.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => dot h (xi t) + dot h (S f))); last by move=> f; move: (\sum_s xi (f s)) => s; rewrite (dotDr (xi t)).
by rewrite ED Ec // IH addr0.
Qed.

Lemma sum_covariance n h h' :
  'E_n (fun f => dot h (S f) * dot h' (S f)) = n%:R * covariance_along c h h'.
Proof.
elim: n => [|n IH].
  by rewrite (E_draws0 w xi (fun s => dot h s * dot h' s)) dot0r !mul0r.
rewrite (E_draws_recl w n xi (fun s => dot h s * dot h' s)).
rewrite (eq_E w (g := fun t => dot h (xi t) * dot h' (xi t) + n%:R * covariance_along c h h')).
  by rewrite ED Ec // -covariance_alongE; ring.
move=> t.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => dot h (xi t) * dot h' (xi t) + dot h (xi t) * dot h' (S f)
    + dot h' (xi t) * dot h (S f) + dot h (S f) * dot h' (S f))).
  by rewrite !ED !EZ !sum_dot IH Ec //; ring.
by move=> f; move: (\sum_s xi (f s)) => s; rewrite !(dotDr (xi t)); ring.
Qed.

Lemma sum_sqlen n : 'E_n (fun f => sqlen (S f)) = n%:R * variance c.
Proof.
elim: n => [|n IH]; first by rewrite (E_draws0 w xi (@sqlen R p)) sqlen0 mul0r.
rewrite (E_draws_recl w n xi (@sqlen R p)).
rewrite (eq_E w (g := fun t => sqlen (xi t) + n%:R * variance c)).
  by rewrite ED Ec // -varianceE; ring.
move=> t.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => sqlen (xi t) + 2%:R * dot (xi t) (S f) + sqlen (S f))).
  by rewrite !ED EZ sum_dot IH Ec //; ring.
by move=> f; move: (\sum_s xi (f s)) => s; rewrite (sqlenD (xi t)).
Qed.

Lemma sum_third n h : 'E_n (fun f => sqlen (S f) * dot h (S f)) = n%:R * dot h (third c).
Proof.
elim: n => [|n IH].
  by rewrite (E_draws0 w xi (fun s => sqlen s * dot h s)) dot0r !(mulr0, mul0r).
rewrite (E_draws_recl w n xi (fun s => sqlen s * dot h s)).
rewrite (eq_E w (g := fun t => sqlen (xi t) * dot h (xi t) + n%:R * variance c * dot h (xi t)
    + 2%:R * n%:R * covariance_along c (xi t) h + n%:R * dot h (third c))).
  by rewrite !ED !EZ E_covariance_noise E_dot_noise // Ec // -dot_third; ring.
move=> t.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => sqlen (xi t) * dot h (xi t) + sqlen (xi t) * dot h (S f)
    + 2%:R * dot h (xi t) * dot (xi t) (S f) + 2%:R * (dot (xi t) (S f) * dot h (S f))
    + dot h (xi t) * sqlen (S f) + sqlen (S f) * dot h (S f))).
  by rewrite !ED !EZ !sum_dot sum_covariance sum_sqlen IH Ec //; ring.
by move=> f; move: (\sum_s xi (f s)) => s; rewrite (sqlenD (xi t)) (dotDr (xi t)); ring.
Qed.

Lemma sum_fourth n : 'E_n (fun f => sqlen (S f) ^+ 2) =
  n%:R * fourth c + n%:R * (n%:R - 1) * (variance c ^+ 2 + 2%:R * squared_trace c).
Proof.
elim: n => [|n IH].
  by rewrite (E_draws0 w xi (fun s => sqlen s ^+ 2)) sqlen0 expr0n !mul0r addr0.
rewrite (E_draws_recl w n xi (fun s => sqlen s ^+ 2)).
have [m4 m4E] : {m | m = n%:R * fourth c
    + n%:R * (n%:R - 1) * (variance c ^+ 2 + 2%:R * squared_trace c)} by eexists.
rewrite (eq_E w (g := fun t => sqlen (xi t) ^+ 2 + 4%:R * n%:R * covariance_along c (xi t) (xi t)
    + 2%:R * n%:R * variance c * sqlen (xi t) + 4%:R * n%:R * dot (third c) (xi t) + m4)).
  have tr : E w (fun t => covariance_along c (xi t) (xi t)) = squared_trace c.
    rewrite -[squared_trace c]/(trace_product c c) trace_productE; apply: eq_E => t.
    by rewrite covariance_alongE; apply: eq_E => t'; rewrite -expr2.
  by rewrite !ED !EZ tr -varianceE E_dot_noise // Ec // m4E /fourth; ring.
move=> t; rewrite m4E (dotC (third c)).
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => sqlen (xi t) ^+ 2 + 4%:R * (dot (xi t) (S f) * dot (xi t) (S f))
    + 2%:R * sqlen (xi t) * sqlen (S f) + 4%:R * sqlen (xi t) * dot (xi t) (S f)
    + 4%:R * (sqlen (S f) * dot (xi t) (S f)) + sqlen (S f) ^+ 2)).
  by rewrite !ED !EZ sum_dot sum_covariance sum_sqlen sum_third IH Ec //; ring.
by move=> f; move: (\sum_s xi (f s)) => s; rewrite (sqlenD (xi t)); ring.
Qed.

End SumOfDraws.

Section MeanOfDraws.

Variables (R : realFieldType) (p : nat) (T : finType) (c : class_of R p T) (n : nat).
Hypotheses (lw : probability c) (n_gt0 : (0 < n)%N).
Local Notation m := (mean_of n c).
Local Notation xi := (noise c).

Let nR : n%:R != 0 :> R. Proof. by rewrite pnatr_eq0 -lt0n. Qed.

Lemma mean_of_probability : probability m.
Proof. exact: draws_law. Qed.

Lemma dot_delta r (a : 'rV[R]_p) : dot (delta_mx 0 r) a = a 0 r.
Proof.
rewrite /dot (bigD1 r) //= big1 => [|q qr]; first by rewrite mxE !eqxx mul1r addr0.
by rewrite mxE (negPf qr) andbF mul0r.
Qed.

Lemma atom_mean_of f : atom m f = mean c + n%:R^-1 *: \sum_s xi (f s).
Proof.
have -> : \sum_s xi (f s) = \sum_s atom c (f s) - n%:R *: mean c.
  by rewrite sumrB sumr_const card_ord scaler_nat.
by rewrite scalerBr scalerA mulVf // scale1r addrCA subrr addr0.
Qed.

Lemma mean_mean_of : mean m = mean c.
Proof.
rewrite /mean [LHS](eq_bigr (fun f : {ffun 'I_n -> T} => draws (weight c) f *: mean c
    + n%:R^-1 *: (draws (weight c) f *: \sum_s xi (f s)))); last first.
  by move=> f _; rewrite atom_mean_of scalerDr !scalerA mulrC.
rewrite big_split /= -scaler_suml -scaler_sumr (proj2 (draws_law lw n)) scale1r.
rewrite [X in _ + _ *: X](_ : _ = 0) ?scaler0 ?addr0 //.
apply/rowP => r; rewrite summxE mxE -[RHS](sum_dot lw n (delta_mx 0 r)).
by apply: eq_bigr => f _; rewrite dot_delta mxE.
Qed.

Lemma noise_mean_of f : noise m f = n%:R^-1 *: \sum_s xi (f s).
Proof. by rewrite /noise mean_mean_of atom_mean_of addrC addKr. Qed.

Lemma covariance_along_mean_of h h' :
  covariance_along m h h' = covariance_along c h h' / n%:R.
Proof.
rewrite covariance_alongE.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} =>
    (n%:R^-1 ^+ 2) * (dot h (\sum_s xi (f s)) * dot h' (\sum_s xi (f s))))); last first.
  by move=> f; rewrite noise_mean_of; move: (\sum_s xi (f s)) => s; rewrite !dotZr; ring.
by rewrite EZ (sum_covariance lw); field.
Qed.

Lemma variance_mean_of : variance m = variance c / n%:R.
Proof.
rewrite varianceE.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => (n%:R^-1 ^+ 2) * sqlen (\sum_s xi (f s)))).
  by rewrite EZ (sum_sqlen lw); field.
by move=> f; rewrite noise_mean_of; move: (\sum_s xi (f s)) => s; rewrite sqlenZ.
Qed.

Lemma third_mean_of h : dot h (third m) = dot h (third c) / n%:R ^+ 2.
Proof.
rewrite dot_third.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => (n%:R^-1 ^+ 3) *
    (sqlen (\sum_s xi (f s)) * dot h (\sum_s xi (f s))))).
  by rewrite EZ (sum_third lw); field.
by move=> f; rewrite noise_mean_of; move: (\sum_s xi (f s)) => s; rewrite sqlenZ dotZr; ring.
Qed.

Lemma fourth_mean_of : fourth m =
  (fourth c + (n%:R - 1) * variance c ^+ 2 + 2%:R * (n%:R - 1) * squared_trace c) / n%:R ^+ 3.
Proof.
rewrite [LHS]/fourth.
rewrite (eq_E _ (g := fun f : {ffun 'I_n -> T} => (n%:R^-1 ^+ 4) * sqlen (\sum_s xi (f s)) ^+ 2)).
  by rewrite EZ (sum_fourth lw); move: (fourth c) (variance c) (squared_trace c) => a b t; field.
by move=> f; rewrite noise_mean_of; move: (\sum_s xi (f s)) => s; rewrite sqlenZ exprMn -exprM.
Qed.

End MeanOfDraws.

(* tr S_x S_c where S_c is that of a mean of n draws, from the covariance along every direction. *)
Section TraceProducts.

Variables (R : realFieldType) (p : nat) (S T : finType).
Variables (x : class_of R p S) (c : class_of R p T).

Lemma trace_product_along :
  trace_product x c = E (weight x) (fun t => covariance_along c (noise x t) (noise x t)).
Proof.
rewrite trace_productE; apply: eq_E => t; rewrite covariance_alongE.
by apply: eq_E => t'; rewrite expr2.
Qed.

Lemma trace_productC : trace_product x c = trace_product c x.
Proof. exact: mxtrace_mulC. Qed.

Lemma trace_product_mean_of n : probability c -> (0 < n)%N ->
  trace_product x (mean_of n c) = trace_product x c / n%:R.
Proof.
move=> lc n0; rewrite !trace_productE -EZr; apply: eq_E => t.
rewrite (eq_E _ (g := fun f => dot (noise x t) (noise (mean_of n c) f)
    * dot (noise x t) (noise (mean_of n c) f))); last by move=> f; rewrite expr2.
rewrite -covariance_alongE covariance_along_mean_of // covariance_alongE; congr (_ / _).
Qed.

End TraceProducts.
