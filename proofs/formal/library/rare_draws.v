(* The law of three rare draws (laws.v): its moments and its largest eigenvalue. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws laws.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section RareDraws.

Variables (R : rcfType) (p n : nat) (d q1 q2 q3 gap rest : R).
Hypotheses (n0 : (0 < n)%N) (d0 : 0 < d) (gap0 : 0 < gap).
Hypotheses (q1_ge0 : 0 <= q1) (q2_ge0 : 0 <= q2) (q3_ge0 : 0 <= q3).
Hypotheses (q12 : q1 + q2 <= 1) (q3_le1 : q3 <= 1).
Hypothesis q2_p : q2 / (2%:R * p%:R) * (2%:R * p%:R) = q2.
Hypothesis restE : rest = - (q1 * gap / 2%:R).
Hypothesis gapE : gap * (1 - q1 / 2%:R - n%:R * q3) = 1.
Local Notation ci := (rare_own p n d q1 q2 rest gap).
Local Notation cj := (rare_other p n d q3 rest gap).
Local Notation e := (@axis R p 0).

Let nR : n%:R != 0 :> R. Proof. by rewrite pnatr_eq0 -lt0n. Qed.

(* The own class is the query half-way, the rest point, and the atoms across. *)
Lemma E_own (f : 'I_p.+1 * bool -> R) : E (weight ci) f = q1 * f (0, true) +
  (1 - q1 - q2) * f (0, false) + q2 / (2%:R * p%:R) * \sum_(r | r != 0) (f (r, true) + f (r, false)).
Proof.
rewrite /E (eq_bigr (fun a => weight ci (a.1, a.2) * f (a.1, a.2))) => [|[r b] _] //.
rewrite -(pair_bigA _ (fun r b => weight ci (r, b) * f (r, b))) /= (bigD1 0) //= big_bool /=.
congr (_ + _); rewrite mulr_sumr; apply: eq_bigr => r /negPf r0.
by rewrite big_bool /= r0 mulrDr.
Qed.

Let weight_ge0 a : 0 <= weight ci a.
Proof.
case: a => r b /=; case: (r == 0); last by rewrite divr_ge0 ?mulr_ge0 ?ler0n.
by case: b => //; rewrite -addrA -opprD subr_ge0.
Qed.

Let number : \sum_(r : 'I_p.+1 | r != 0) (1 + 1 : R) = 2%:R * p%:R.
Proof. by rewrite sumr_const cardC1 card_ord /= -[LHS]mulr_natr. Qed.

Lemma rare_own_probability : probability ci.
Proof.
split=> //; have := E_own (fun=> 1); rewrite /E number q2_p !mulr1.
rewrite (eq_bigr (weight ci)) => [->|a _]; [ring | exact: mulr1].
Qed.

Lemma rare_other_probability : probability cj.
Proof.
split=> [[]|]; rewrite ?big_bool //=; last by rewrite addrC subrK.
by rewrite subr_ge0.
Qed.

Lemma mean_rare_own : mean ci = 0.
Proof.
apply/rowP => s; rewrite /mean summxE mxE.
rewrite (eq_bigr (fun a => weight ci a * atom ci a 0 s)) => [|a _]; last by rewrite mxE.
have := E_own (fun a => atom ci a 0 s); rewrite {1}/E => ->; rewrite /= !mxE.
rewrite (eq_bigr (fun=> (1 + 1) * (rest * d * (s == 0)%:R))); last first.
  move=> r /negPf r0; rewrite r0 !mxE eqxx /=.
  by move: ((s == 0)%:R : R) ((s == r)%:R : R) => x y; ring.
rewrite -mulr_suml number mulrA q2_p restE.
by move: ((s == 0)%:R : R) => x; field.
Qed.

Lemma mean_rare_other : mean cj = d *: e.
Proof.
rewrite /mean big_bool /= !scalerA -scalerDl; congr (_ *: _).
transitivity (gap * (1 - q1 / 2%:R - n%:R * q3) * d); last by rewrite gapE mul1r.
by rewrite restE; field.
Qed.

Lemma distance_rare : distance ci cj = d.
Proof.
rewrite /distance /difference mean_rare_own mean_rare_other subr0 sqlenZ.
rewrite (_ : sqlen e = 1) ?mulr1 ?sqrtr_sqr ?gtr0_norm //.
by rewrite /sqlen /axis dot_delta mxE !eqxx.
Qed.

(* The variance along the first axis, and along each of the others. *)
Definition rare_along : R := q1 * (1 - q1) * gap ^+ 2 * d ^+ 2 / 4%:R.
Definition rare_sideways : R := q2 / p%:R * (n%:R * gap * d) ^+ 2.

Let noise_own a : noise ci a = atom ci a.
Proof. by rewrite /noise mean_rare_own subr0. Qed.

Lemma covariance_along_rare h h' : covariance_along ci h h' =
  rare_along * (h 0 0 * h' 0 0) + rare_sideways * \sum_(r | r != 0) h 0 r * h' 0 r.
Proof.
have dot_axis (k : 'rV[R]_p.+1) r : dot k (@axis R p r) = k 0 r by rewrite dotC dot_delta.
rewrite covariance_alongE E_own !noise_own /= !dotZr !dot_axis.
rewrite (eq_bigr (fun r => (1 + 1) * ((rest * d) ^+ 2 * (h 0 0 * h' 0 0))
    + 2%:R * (n%:R * gap * d) ^+ 2 * (h 0 r * h' 0 r))); last first.
  move=> r /negPf r0; rewrite !noise_own /= r0 !dotDr !dotZr !dot_axis; ring.
rewrite big_split /= -mulr_suml number -mulr_sumr mulrDr [_ / _ * (_ * _)]mulrA q2_p.
rewrite /rare_along /rare_sideways restE.
have [p0|p0] := eqVneq (p%:R : R) 0.
  by move: q2_p; rewrite p0 !mulr0 => <-; rewrite invr0 !(mulr0, mul0r) !addr0; field.
by move: (\sum_(r | _) _) (h 0 0) (h' 0 0) => S x y; field.
Qed.

Lemma largest_rare lam : 0 < rare_along -> (p = 0%N -> rare_sideways = 0) ->
  lam = Num.max rare_along rare_sideways -> is_largest_eigenvalue ci lam.
Proof.
move=> along0 p0 ->; set A := rare_along; set B := rare_sideways.
have entry h r : (h *m covariance ci) 0 r = covariance_along ci h (@axis R p r).
  by rewrite /covariance_along /axis trmx_delta -colE [RHS]mxE.
have pick (P : pred 'I_p.+1) h r : \sum_(s | P s) h 0 s * (@axis R p r) 0 s = if P r then h 0 r else 0 :> R.
  case: ifP => Pr; last first.
    apply: big1 => s Ps; rewrite mxE; case: (eqVneq s r) => [sr|_]; last by rewrite andbF mulr0.
    by rewrite sr Pr in Ps.
  rewrite (bigD1 r) //= mxE !eqxx mulr1 big1 ?addr0 // => s /andP [_ /negPf sr].
  by rewrite mxE sr andbF mulr0.
split=> [|h].
  have [AB|BA] := lerP B A.
    exists e; first by apply/eqP => /rowP /(_ 0); rewrite !mxE !eqxx => /eqP; rewrite oner_eq0.
    apply/rowP => r; rewrite entry covariance_along_rare pick !mxE -/A -/B /=.
    case: (eqVneq r 0) => _ /=; first by rewrite mulr0 addr0 !mulr1.
    by rewrite !mulr0 addr0.
  have p1 : (0 < p)%N by rewrite lt0n; apply: contraTneq BA => /p0; rewrite -/B => ->; rewrite -leNgt ltW.
  pose r1 : 'I_p.+1 := lift 0 (Ordinal p1).
  exists (@axis R p r1); first by apply/eqP => /rowP /(_ r1); rewrite !mxE !eqxx => /eqP; rewrite oner_eq0.
  apply/rowP => r; rewrite entry covariance_along_rare pick !mxE -/A -/B /=.
  by case: (eqVneq r 0) => [->|r0] /=; rewrite ?mul0r ?mulr0 ?add0r ?addr0.
rewrite covariance_along_rare -/A -/B /sqlen /dot [leRHS]mulrC mulr_suml [in X in _ <= X](bigD1 0) //=.
apply: ler_add.
  by rewrite [leRHS]mulrC; apply: ler_wpmul2r; [rewrite -expr2 sqr_ge0 | rewrite le_maxr lexx].
rewrite mulr_sumr; apply: ler_sum => r _.
by rewrite [leRHS]mulrC; apply: ler_wpmul2r; [rewrite -expr2 sqr_ge0 | rewrite le_maxr lexx orbT].
Qed.

Lemma variance_rare_own : variance ci = rare_along + p%:R * rare_sideways.
Proof.
rewrite /variance /mxtrace (bigD1 0) //=.
have entry r : covariance ci r r = covariance_along ci (@axis R p r) (@axis R p r).
  by rewrite /covariance_along /axis trmx_delta -colE [RHS]mxE -rowE [RHS]mxE.
rewrite entry covariance_along_rare big1 => [|r /negPf r0]; last by rewrite mxE r0 andbF mul0r.
rewrite mxE !eqxx !mulr1 mulr0 addr0; congr (_ + _).
rewrite (eq_bigr (fun=> rare_sideways)) => [|r r0].
  by rewrite sumr_const cardC1 card_ord /= mulr_natl.
rewrite entry covariance_along_rare (bigD1 r) //= big1 => [|s /andP [_ /negPf sr]].
  by rewrite !mxE !eqxx /= [0 == r]eq_sym (negPf r0) mul0r mulr0 add0r addr0 mulr1 mulr1.
by rewrite mxE sr andbF mul0r.
Qed.

Lemma variance_rare_other : variance cj = q3 * (1 - q3) * (n%:R * gap * d) ^+ 2.
Proof.
rewrite varianceE /E big_bool /= /noise mean_rare_other /= -!scalerBl !sqlenZ.
rewrite (_ : sqlen e = 1) ?mulr1; last by rewrite /sqlen /axis dot_delta mxE !eqxx.
have -> : rest + gap = 1 + n%:R * q3 * gap.
  by apply/eqP; rewrite -subr_eq -[X in _ == X]gapE; apply/eqP; rewrite restE; field.
by ring.
Qed.

End RareDraws.
