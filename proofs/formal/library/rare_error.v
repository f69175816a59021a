(* The law of three rare draws (laws.v): its error is at least the chance that just one rare draw happens. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws laws rare_draws.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* 1 - m x <= (1 - x)^m *)
Lemma bernoulli (R : realFieldType) (x : R) m : 0 <= x -> x <= 1 -> 1 - m%:R * x <= (1 - x) ^+ m.
Proof.
move=> x0 x1; elim: m => [|m IH]; first by rewrite mul0r subr0.
have y0 : 0 <= 1 - x by rewrite subr_ge0.
rewrite exprS; apply: le_trans (ler_wpmul2l y0 IH).
apply: (le_by_gap (c := m%:R * x ^+ 2)); last by rewrite mulr_ge0 ?ler0n ?sqr_ge0.
by rewrite [m.+1%:R]mulrSr; ring.
Qed.

Section OddDraw.

Variables (R : realFieldType) (T : finType) (w : T -> R) (a : T) (P : pred T).
Hypotheses (lw : is_law w) (aP : ~~ P a).

Lemma E_ge_parts (f : T -> R) : (forall t, 0 <= f t) ->
  w a * f a + \sum_(t | P t) w t * f t <= E w f.
Proof.
move=> f0; have wf t : 0 <= w t * f t by rewrite mulr_ge0 //; case: lw.
rewrite [leRHS](bigD1 a) //= ler_add2l [leRHS](bigID P) /=.
rewrite (eq_bigl (fun t => (t != a) && P t)) ?ler_addl ?sumr_ge0 // => t.
by case: eqVneq => // ->; rewrite (negPf aP).
Qed.

(* Draws that are all a, or all but one a and that one in P. *)
Lemma E_draws_ge (V : zmodType) (X : T -> V) n (G : V -> R) : (forall v, 0 <= G v) ->
  w a ^+ n * G (X a *+ n) + n%:R * w a ^+ n.-1 * (\sum_(t | P t) w t * G (X a *+ n.-1 + X t)) <=
  E (@draws R T w n) (fun f => G (\sum_s X (f s))).
Proof.
have w0 t : 0 <= w t by case: lw.
elim: n G => [|n IH] G G0; first by rewrite (E_draws0 w X G) mul0r mul0r addr0 mul1r mulr0n.
rewrite (E_draws_recl w n X G).
apply: le_trans (E_ge_parts _); last by move=> t; apply: E_ge0 => //; exact: draws_law.
have rest t : P t -> w t * (w a ^+ n * G (X a *+ n + X t)) <=
    w t * E (@draws R T w n) (fun f => G (X t + \sum_s X (f s))).
  move=> _; apply: ler_wpmul2l => //; apply: le_trans (IH (fun v => G (X t + v)) _) => //=.
  rewrite [X t + _]addrC ler_addl mulr_ge0 ?mulr_ge0 ?ler0n ?exprn_ge0 // sumr_ge0 // => u _.
  by rewrite mulr_ge0.
apply: le_trans (ler_add (ler_wpmul2l (w0 a) (IH (fun v => G (X a + v)) (fun v => G0 _))) (ler_sum _ rest)).
rewrite /= -mulrS; set S := \sum_(t | P t) w t * G (X a *+ n + X t).
rewrite [X in _ <= _ + X](_ : _ = w a ^+ n * S); last first.
  by rewrite mulr_sumr; apply: eq_bigr => t _; rewrite mulrCA.
case: n @S {IH rest} => [|n] S.
  by rewrite /= !mulr1n mul0r mul0r addr0 expr1 !expr0 !mul1r.
rewrite (eq_bigr (fun t => w t * G (X a *+ n.+1 + X t))); last by move=> t _; rewrite addrA -mulrS.
by rewrite -/S /= le_eqVlt; apply/orP; left; apply/eqP; rewrite [n.+2%:R]mulrSr !exprS; ring.
Qed.

End OddDraw.

Section Error.

Variables (R : rcfType) (p n : nat) (d q1 q2 q3 gap rest : R).
Hypotheses (n0 : (0 < n)%N) (q1_ge0 : 0 <= q1) (q2_ge0 : 0 <= q2) (q3_ge0 : 0 <= q3).
Hypotheses (few : n.+1%:R * (q1 + q2) <= 1) (few' : n%:R * q3 <= 1).
Hypothesis q2_p : q2 / (2%:R * p%:R) * (2%:R * p%:R) = q2.
Local Notation ci := (rare_own p n d q1 q2 rest gap).
Local Notation cj := (rare_other p n d q3 rest gap).
Local Notation e := (@axis R p).
Local Notation a := (1 - q1 - q2).
Local Notation b := (1 - q3).
Local Notation X := ((rest * d) *: e 0).
Local Notation Y := (((rest + gap) * d) *: e 0).

Let nR : n%:R != 0 :> R. Proof. by rewrite pnatr_eq0 -lt0n. Qed.

Let q12 : q1 + q2 <= 1.
Proof. by apply: le_trans few; rewrite ler_pemull ?addr_ge0 // ler1n. Qed.

Let q3_le1 : q3 <= 1.
Proof. by apply: le_trans few'; rewrite ler_pemull // ler1n. Qed.

Let a0 : 0 <= a. Proof. by rewrite -addrA -opprD subr_ge0. Qed.
Let b0 : 0 <= b. Proof. by rewrite subr_ge0. Qed.
Let lj : probability cj := rare_other_probability p n d gap rest q3_ge0 q3_le1.
Let li : probability ci := rare_own_probability n d gap rest q1_ge0 q2_ge0 q12 q2_p.

Let all_alike (u : 'rV[R]_p.+1) : n%:R^-1 *: (u *+ n) = u.
Proof. by rewrite -scaler_nat scalerA mulVf // scale1r. Qed.

Let one_odd (u v : 'rV[R]_p.+1) : n%:R^-1 *: (u *+ n.-1 + (u + n%:R *: v)) = u + v.
Proof. by rewrite addrA -mulrSr prednK // scalerDr all_alike scalerA mulVf // scale1r. Qed.

Let tie (x y z : 'rV[R]_p.+1) : R := (margin x y z <= 0)%R%:R.
Let tie_ge0 x y z : 0 <= tie x y z. Proof. exact: ler0n. Qed.

Let unit_axis r : sqlen (e r) = 1. Proof. by rewrite /sqlen /axis dot_delta mxE !eqxx. Qed.

Let other_centre x y : R := E (weight (mean_of n cj)) (fun g => tie x y (atom (mean_of n cj) g)).

Let other_centre_ge x y :
  b ^+ n * tie x y Y + n%:R * b ^+ n.-1 * (q3 * tie x y X) <= other_centre x y.
Proof.
have := E_draws_ge lj (isT : ~~ pred1 true false) (atom cj) n (fun v => tie_ge0 x y (n%:R^-1 *: v)).
rewrite big_pred1_eq /= subr0 all_alike.
rewrite [X in _ *+ n.-1 + X](_ : _ = Y + n%:R *: ((- gap * d) *: e 0)); last first.
  by rewrite scalerA -scalerDl; congr (_ *: _); ring.
rewrite one_odd -scalerDl [_ * d + _](_ : _ = rest * d) //; ring.
Qed.

Let other_centre_ge0 x y : 0 <= other_centre x y.
Proof. by apply: E_ge0 => [|g]; [exact: mean_of_probability | exact: tie_ge0]. Qed.

Let answer x : R := E (weight (mean_of n ci)) (fun f => other_centre x (atom (mean_of n ci) f)).

Let across_total : \sum_(t | t.1 != 0) weight ci t = q2.
Proof.
have := E_own n d q1 q2 gap rest (fun t : 'I_p.+1 * bool => (t.1 != 0)%:R).
rewrite /= !mulr0 !add0r (eq_bigr (fun=> 1 + 1)) => [|r ->] //.
rewrite sumr_const cardC1 card_ord /= -[(1 + 1) *+ p]mulr_natr -[1 + 1]/(2%:R) q2_p => total; rewrite -[RHS]total.
by rewrite big_mkcond; apply: eq_bigr => t _ /=; case: (t.1 == 0); rewrite /= ?mulr1 ?mulr0.
Qed.

Let answer_ge x :
  a ^+ n * other_centre x X + n%:R * a ^+ n.-1 * (\sum_(t : 'I_p.+1 * bool | t.1 != 0)
    weight ci t * other_centre x (X + ((if t.2 then 1 else -1) * (gap * d)) *: e t.1)) <= answer x.
Proof.
have := E_draws_ge li (isT : ~~ (fun t : 'I_p.+1 * bool => t.1 != 0) (0, false)) (atom ci) n
  (fun v => other_centre_ge0 x (n%:R^-1 *: v)).
rewrite /= all_alike; apply: le_trans; rewrite ler_add2l ler_wpmul2l //.
  by rewrite mulr_ge0 ?ler0n ?exprn_ge0.
apply: ler_sum => t t0; rewrite ler_wpmul2l //; first by case: li => + _; apply.
rewrite (negPf t0) [X in _ *+ n.-1 + (_ + X)](_ : _ =
  n%:R *: (((if t.2 then 1 else -1) * (gap * d)) *: e t.1)) ?one_odd //.
by rewrite scalerA; congr (_ *: _); case: t.2; ring.
Qed.

Let half_way : tie ((rest + gap / 2%:R) * d *: e 0) X Y = 1.
Proof.
rewrite /tie /margin -!scalerBl !sqlenZ unit_axis (_ : _ - _ = 0) ?lexx //.
by field.
Qed.

Let aside r (s : bool) : tie X (X + ((if s then 1 else -1) * (gap * d)) *: e r) Y = 1.
Proof.
rewrite /tie /margin -scalerBl opprD addrA subrr add0r sqlenN !sqlenZ !unit_axis.
by case: s; rewrite (_ : _ - _ = 0) ?lexx //; ring.
Qed.

Let met : tie X X X = 1.
Proof. by rewrite /tie /margin subrr lexx. Qed.

Lemma rare_error_ge : (q1 + n%:R * q2 + n%:R * q3) * ((1 - n.+1%:R * (q1 + q2)) * (1 - n%:R * q3))
  <= pair_error n n ci cj.
Proof.
have an := exprn_ge0 n a0; have bn := exprn_ge0 n b0.
have am := exprn_ge0 n.-1 a0; have bm := exprn_ge0 n.-1 b0.
have answer0 x : 0 <= answer x.
  by apply: E_ge0 => [|f]; [exact: mean_of_probability | exact: other_centre_ge0].
have near x y : tie x y Y = 1 -> b ^+ n <= other_centre x y.
  move=> h; apply: le_trans (other_centre_ge x y).
  by rewrite h mulr1 ler_addl !mulr_ge0 ?ler0n.
have h1 : a ^+ n * b ^+ n <= answer ((rest + gap / 2%:R) * d *: e 0).
  apply: le_trans (answer_ge _); rewrite -[leLHS]addr0; apply: ler_add.
    by rewrite ler_wpmul2l // near.
  rewrite !mulr_ge0 ?ler0n // sumr_ge0 // => t _; rewrite mulr_ge0 //.
  by case: li => + _; apply.
have h2 : a ^+ n * (n%:R * b ^+ n.-1 * q3) + n%:R * a ^+ n.-1 * (q2 * b ^+ n) <= answer X.
  apply: le_trans (answer_ge _); apply: ler_add.
    rewrite ler_wpmul2l //; apply: le_trans (other_centre_ge X X).
    by rewrite met mulr1 ler_addr mulr_ge0 // tie_ge0.
  rewrite ler_wpmul2l ?mulr_ge0 ?ler0n // -{1}across_total mulr_suml; apply: ler_sum => t _.
  by rewrite ler_wpmul2l ?near // ?aside //; case: li => + _; apply.
apply: (@le_trans _ _ (q1 * (a ^+ n * b ^+ n)
    + a * (a ^+ n * (n%:R * b ^+ n.-1 * q3) + n%:R * a ^+ n.-1 * (q2 * b ^+ n)))); last first.
  apply: le_trans (E_ge_parts li (isT : ~~ pred1 (0 : 'I_p.+1, true) (0 : 'I_p.+1, false))
    (fun t => answer0 (atom ci t))).
  rewrite big_pred1_eq /= addrC; apply: ler_add; exact: ler_wpmul2l.
apply: (@le_trans _ _ ((q1 + n%:R * q2 + n%:R * q3) * (a ^+ n.+1 * b ^+ n))).
  have sum0 : 0 <= q1 + n%:R * q2 + n%:R * q3 by rewrite !addr_ge0 ?mulr_ge0 ?ler0n.
  rewrite ler_wpmul2l // ler_pmul ?subr_ge0 //; last exact: bernoulli.
  by rewrite -[a]addrA -opprD bernoulli ?addr_ge0.
rewrite -(prednK n0) /= !exprS.
move: (a ^+ n.-1) (b ^+ n.-1) am bm => A B A0 B0.
set N := n.-1.+1%:R; have N0 : 0 <= N :> R by exact: ler0n.
apply: (le_by_gap (c := A * B * a * (q1 * b * (q1 + q2) + N * q3 * a * q3 + N * q2 * b * (q1 + q2)))).
  ring.
by rewrite !mulr_ge0 // !addr_ge0 ?mulr_ge0 // addr_ge0.
Qed.

End Error.
