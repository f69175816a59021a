(* Markov on the fourth power: whenever the margin is not positive, 2|xi.w^| + |a| + |b| >= d. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin second_moments.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section FourthPower.

Variables (R : rcfType) (p : nat) (Tx Ta Tb : finType).
Variables (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb).
Hypotheses (lx : probability x) (la : probability a) (lb : probability b).
Hypothesis mean_a : mean a = mean x.
Local Notation D := (difference x b).
Local Notation P := (error_given_laws x a b).
Local Notation d := (distance x b).
Local Notation M t f g := (margin (atom x t) (atom a f) (atom b g)).

(* The query's part along w, 0 where w = 0. *)
Let part (w : 'rV[R]_p) t : R := `|dot w (noise x t)| / norm w.

Lemma event_covers t f g : M t f g <= 0 ->
  d <= 2%:R * part (D + noise b g - noise a f) t + (norm (noise a f) + norm (noise b g)).
Proof.
move=> /(margin_event mean_a); set w := _ - noise a f.
have dist : d <= norm (D + noise b g) + norm (noise b g).
  have -> : d = norm (D + noise b g - noise b g) by rewrite addrK.
  exact: ler_normB.
have [w0|w0] := eqVneq w 0.
  move=> _; rewrite /part w0 /norm sqlen0 sqrtr0 invr0 mulr0 mulr0 add0r.
  move: w0 => /eqP; rewrite subr_eq0 => /eqP Aa.
  by apply: (le_trans dist); rewrite Aa.
have nw : 0 < norm w by rewrite norm_gt0.
have nw0 : norm w != 0 by rewrite gt_eqF.
move=> ev; suff h : norm (D + noise b g) - norm (noise a f) <= 2%:R * part w t.
  apply: (le_trans dist); rewrite [leRHS]addrA ler_add2r -ler_subl_addr; exact: h.
have [y0|y0] := lerP (norm (D + noise b g) - norm (noise a f)) 0.
  by apply: (le_trans y0); rewrite mulr_ge0 ?ler0n // divr_ge0 ?normr_ge0 ?norm_ge0.
rewrite -(ler_pmul2r nw) /part.
apply: (@le_trans _ _ (2%:R * dot (noise x t) w)); last first.
  rewrite -mulrA ler_pmul2l ?ltr0n // mulfVK // dotC; exact: ler_norm.
apply: le_trans ev; rewrite -!sqr_norm subr_sqr ler_pmul2l //.
exact: ler_normB.
Qed.

Lemma E_part4 kap w : (forall h : 'rV[R]_p, sqlen h = 1 ->
    E (weight x) (fun t => dot h (noise x t) ^+ 4) <= kap) -> 0 <= kap ->
  E (weight x) (fun t => part w t ^+ 4) <= kap.
Proof.
move=> top kap0; have [w0|w0] := eqVneq w 0.
  rewrite (eq_E _ (g := fun=> 0)) ?E0 // => t.
  by rewrite /part w0 dot0l normr0 mul0r expr0n.
have nw0 : norm w != 0 by rewrite gt_eqF ?norm_gt0.
apply: (@le_trans _ _ (E (weight x) (fun t => dot ((norm w)^-1 *: w) (noise x t) ^+ 4))); last first.
  by apply: top; rewrite sqlenZ -sqr_norm -exprMn mulVf // expr1n.
rewrite le_eqVlt; apply/orP; left; apply/eqP; apply: eq_E => t; rewrite dotZl /part.
rewrite [RHS]exprMn [RHS]mulrC exprMn; congr (_ * _).
by rewrite -[4%N]/(2 * 2)%N !exprM real_normK ?num_real.
Qed.

Lemma fourth_power_error kap qa qb :
  (forall h : 'rV[R]_p, sqlen h = 1 -> E (weight x) (fun t => dot h (noise x t) ^+ 4) <= kap ^+ 4) ->
  0 <= kap -> 0 <= qa -> 0 <= qb -> fourth a <= qa ^+ 4 -> fourth b <= qb ^+ 4 -> 0 < d ->
  P <= (2%:R * kap + qa + qb) ^+ 4 / d ^+ 4.
Proof.
move=> top kap0 qa0 qb0 a4 b4 d_gt0; have d4 : 0 < d ^+ 4 by rewrite exprn_gt0.
have norm4 T (c : class_of R p T) q : fourth c <= q ^+ 4 ->
    E (weight c) (fun f => norm (noise c f) ^+ 4) <= q ^+ 4.
  apply: le_trans; rewrite le_eqVlt; apply/orP; left; apply/eqP; apply: eq_E => f.
  by rewrite -[4%N]/(2 * 2)%N exprM sqr_norm.
rewrite ler_pdivl_mulr // error_by_centres // -EZr.
have inner f g : E (weight x) (fun t => (M t f g <= 0)%R%:R) * d ^+ 4 <=
    (2%:R * kap + (norm (noise a f) + norm (noise b g))) ^+ 4.
  set w := D + noise b g - noise a f.
  apply: (@le_trans _ _ (E (weight x) (fun t =>
      (2%:R * part w t + (norm (noise a f) + norm (noise b g))) ^+ 4))).
    rewrite -EZr; apply: ler_E => // t; case: (boolP (_ <= 0)) => [ev|_] /=.
      rewrite mul1r ler_pexpn2r ?nnegrE ?(ltW d_gt0) ?event_covers //.
      by rewrite !addr_ge0 ?norm_ge0 // mulr_ge0 ?ler0n // divr_ge0 ?normr_ge0 ?norm_ge0.
    by rewrite mul0r exprn_even_ge0.
  apply: minkowski4 => //.
  - by move=> t; rewrite mulr_ge0 ?ler0n // divr_ge0 ?normr_ge0 ?norm_ge0.
  - by rewrite mulr_ge0 ?ler0n.
  - by rewrite addr_ge0 ?norm_ge0.
  rewrite (eq_E _ (g := fun t => 2%:R ^+ 4 * part w t ^+ 4)) => [|t]; last by rewrite exprMn.
  by rewrite EZ exprMn ler_wpmul2l ?exprn_ge0 ?ler0n // E_part4 // exprn_ge0.
have middle f : E (weight b) (fun g => E (weight x) (fun t => (M t f g <= 0)%R%:R)) * d ^+ 4 <=
    (norm (noise a f) + (2%:R * kap + qb)) ^+ 4.
  rewrite -EZr; apply: (@le_trans _ _ (E (weight b) (fun g =>
      (norm (noise b g) + (2%:R * kap + norm (noise a f))) ^+ 4))).
    apply: ler_E => // g; apply: (le_trans (inner f g)); rewrite le_eqVlt; apply/orP; left.
    by apply/eqP; congr (_ ^+ 4); ring.
  rewrite [leRHS](_ : _ = (qb + (2%:R * kap + norm (noise a f))) ^+ 4); last by congr (_ ^+ 4); ring.
  apply: minkowski4 => //; [by move=> g; exact: norm_ge0 | | exact: norm4].
  by rewrite addr_ge0 ?norm_ge0 // mulr_ge0 ?ler0n.
apply: (@le_trans _ _ (E (weight a) (fun f => (norm (noise a f) + (2%:R * kap + qb)) ^+ 4))).
  by apply: ler_E => // f; exact: middle.
rewrite [leRHS](_ : _ = (qa + (2%:R * kap + qb)) ^+ 4); last by congr (_ ^+ 4); ring.
apply: minkowski4 => //; [by move=> f; exact: norm_ge0 | | exact: norm4].
by rewrite addr_ge0 // mulr_ge0 ?ler0n.
Qed.

End FourthPower.
