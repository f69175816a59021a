(* What the definitions of quantities.v give: moments as expectations, and the mean of n draws. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Moments.

Variables (R : realFieldType) (p : nat) (T : finType) (c : class_of R p T).
Local Notation w := (weight c).
Local Notation xi := (noise c).

Lemma entry_sum (I : finType) (P : pred I) (F : I -> 'rV[R]_p) r :
  (\sum_(i | P i) F i) 0 r = \sum_(i | P i) F i 0 r.
Proof. by rewrite summxE. Qed.

Lemma dot_mean h : dot (mean c) h = E w (fun t => dot (atom c t) h).
Proof. by rewrite dot_suml; apply: eq_bigr => t _; rewrite dotZl. Qed.

Lemma covariance_alongE h h' :
  covariance_along c h h' = E w (fun t => dot h (xi t) * dot h' (xi t)).
Proof.
rewrite /covariance_along /covariance mulmx_sumr mulmx_suml summxE.
apply: eq_bigr => t _; rewrite -scalemxAr -scalemxAl mxE; congr (_ * _).
rewrite (_ : h *m _ *m _ = (h *m (xi t)^T) *m (xi t *m h'^T)); last by rewrite !mulmxA.
rewrite mxE big_ord1; congr (_ * _); rewrite mxE.
  by apply: eq_bigr => r _; rewrite !mxE.
by rewrite dotC; apply: eq_bigr => r _; rewrite !mxE.
Qed.

Lemma varianceE : variance c = E w (fun t => sqlen (xi t)).
Proof.
rewrite /variance /covariance raddf_sum; apply: eq_bigr => t _ /=.
rewrite mxtraceZ; congr (_ * _); apply: eq_bigr => r _.
by rewrite mxE big_ord1 mxE.
Qed.

Lemma trace_productE (T' : finType) (c' : class_of R p T') :
  trace_product c c' = E w (fun t => E (weight c') (fun t' => dot (xi t) (noise c' t') ^+ 2)).
Proof.
rewrite /trace_product /covariance mulmx_suml raddf_sum; apply: eq_bigr => t _ /=.
rewrite mulmx_sumr raddf_sum mulr_sumr; apply: eq_bigr => t' _ /=.
rewrite -scalemxAl -scalemxAr !mxtraceZ; congr (_ * (_ * _)).
rewrite mulmxA -[_ *m _ *m _^T]mulmxA.
rewrite [X in _ *m X *m _](_ : _ = (dot (xi t) (noise c' t'))%:M); last first.
  apply/matrixP => r s; rewrite !ord1 !mxE eqxx mulr1n.
  by apply: eq_bigr => q _; rewrite !mxE.
rewrite mul_mx_scalar -scalemxAl mxtraceZ expr2; congr (_ * _).
by apply: eq_bigr => r _; rewrite !mxE big_ord1 !mxE.
Qed.

Lemma dot_third h : dot h (third c) = E w (fun t => sqlen (xi t) * dot h (xi t)).
Proof.
rewrite dotC dot_suml; apply: eq_bigr => t _.
by rewrite dotZl dotC mulrA.
Qed.

Hypothesis lw : probability c.

Lemma E_dot_noise h : E w (fun t => dot h (xi t)) = 0.
Proof.
rewrite (eq_E w (g := fun t => dot (atom c t) h - dot (mean c) h)); last first.
  by move=> t; rewrite /noise dotBr !(dotC h).
by rewrite EB Ec // dot_mean subrr.
Qed.

Lemma variance_ge0 : 0 <= variance c.
Proof. by rewrite varianceE; apply: E_ge0 => // t; exact: sqlen_ge0. Qed.

Lemma covariance_along_ge0 h : 0 <= covariance_along c h h.
Proof.
by rewrite covariance_alongE; apply: E_ge0 => // t; rewrite -expr2 sqr_ge0.
Qed.

Lemma covariance_along_le h : covariance_along c h h <= variance c * sqlen h.
Proof.
rewrite covariance_alongE varianceE mulrC -EZ; apply: ler_E => // t.
by rewrite -expr2; exact: cauchy_schwarz.
Qed.

End Moments.

Section Draws.

Variables (R : realFieldType) (p : nat) (T : finType).
Variable w : T -> R.
Hypothesis lw : is_law w.

Definition draws (n : nat) (f : {ffun 'I_n -> T}) : R := \prod_s w (f s).

(* One more draw: a function on 'I_n.+1 is its value at 0 and the rest. *)
Lemma E_draws_recl (V : zmodType) n (X : T -> V) (G : V -> R) :
  E (@draws n.+1) (fun f => G (\sum_s X (f s))) =
  E w (fun t => E (@draws n) (fun f => G (X t + \sum_s X (f s)))).
Proof.
rewrite /E; under [in RHS]eq_bigr => t _ do rewrite mulr_sumr.
rewrite pair_bigA /=.
pose cons (q : T * {ffun 'I_n -> T}) : {ffun 'I_n.+1 -> T} :=
  [ffun s => if unlift ord0 s is Some s' then q.2 s' else q.1].
pose split (f : {ffun 'I_n.+1 -> T}) := (f ord0, [ffun s => f (lift ord0 s)]).
have consK : cancel cons split.
  case=> t f; rewrite /split /cons ffunE unlift_none; congr (_, _).
  by apply/ffunP => s; rewrite !ffunE liftK.
have splitK : cancel split cons.
  move=> f; apply/ffunP => s; rewrite !ffunE /=.
  by case: unliftP => [s'|] ->; rewrite ?ffunE.
rewrite (reindex cons) /=; last by exists split => q _.
apply: eq_bigr => -[t f] _; rewrite /draws !big_ord_recl !ffunE unlift_none /= mulrA.
congr (_ * _ * G (_ + _)); apply: eq_bigr => s _; by rewrite ffunE liftK.
Qed.

Lemma E_draws0 (V : zmodType) (X : T -> V) (G : V -> R) :
  E (@draws 0) (fun f => G (\sum_s X (f s))) = G 0.
Proof.
pose none (i : 'I_0) : T := let: Ordinal _ h := i in False_rect T (notF h).
rewrite /E (big_pred1 (finfun none)) => [|f]; first by rewrite /draws !big_ord0 mul1r.
by apply/esym/eqP/ffunP => -[].
Qed.

Lemma draws_law n : is_law (@draws n).
Proof.
split=> [f|]; first by apply: prodr_ge0 => s _; case: lw.
rewrite -(bigA_distr_bigA (fun _ t => w t)) /= big1 // => s _; by case: lw.
Qed.

End Draws.
