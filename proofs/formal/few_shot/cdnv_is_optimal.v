(* With little noise, the three rare ties of rare_error.v make nearly the whole of the bound. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws second_moments laws.
From Collapse.library Require Import rare_draws rare_error.
From Collapse.statements.few_shot Require Import cdnv_optimal cdnv_is_optimal.
From Collapse.few_shot Require Import cdnv_optimal.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* 1 - x - y - 2 z <= (1 - x) (1 - y) (1 - z)^2 *)
Lemma little_lost (R : realFieldType) (x y z : R) : 0 <= x -> x <= 1 -> 0 <= y -> y <= 1 -> 0 <= z ->
  1 - (x + y + 2%:R * z) <= (1 - x) * (1 - y) * (1 - z) ^+ 2.
Proof.
move=> x0 x1 y0 y1 z0.
apply: (le_by_gap (c := x * y + 2%:R * z * (x + y * (1 - x)) + z ^+ 2 * ((1 - x) * (1 - y)))).
  ring.
by rewrite !addr_ge0 ?mulr_ge0 ?ler0n ?sqr_ge0 ?subr_ge0 // addr_ge0 // mulr_ge0 // subr_ge0.
Qed.

(* What is claimed, as a number: at least 4n/(4n+1). *)
Lemma cdnv_is_optimal_bound_ge (R : rcfType) (n : nat) (lam v v' : R) : (0 < n)%N -> 0 < lam -> lam <= v ->
  0 <= v' -> 4%:R * n%:R / (4%:R * n%:R + 1) <= cdnv_is_optimal_bound n lam v v' <= 1.
Proof.
move=> n0 lam0 lv v0; have N0 : 0 < n%:R :> R by rewrite ltr0n.
have nR : n%:R != 0 :> R by rewrite gt_eqF.
have C0 : 0 < 4%:R * lam + (v + v') / n%:R.
  by rewrite ltr_paddr ?mulr_gt0 ?ltr0n // divr_ge0 ?ler0n // addr_ge0 // (le_trans (ltW lam0)).
rewrite /cdnv_is_optimal_bound; apply/andP; split; last first.
  by rewrite ler_pdivr_mulr // mul1r ler_subl_addr ler_addl divr_ge0 ?ler0n // ltW.
have M0 : 0 < 4%:R * n%:R + 1 :> R by rewrite ltr_paddl ?mulr_ge0 ?ler0n ?ltr01.
rewrite ler_pdivr_mulr // mulrAC ler_pdivl_mulr //.
apply: (le_by_gap (c := (v - lam + v') / n%:R)); first by field.
by rewrite divr_ge0 ?ler0n // addr_ge0 // subr_ge0.
Qed.

Section Family.

Variables (R : rcfType) (p n : nat) (d lam v v' room : R).
Hypotheses (n0 : (1 <= n)%N) (d0 : 0 < d) (lam0 : 0 < lam) (lam_v : lam <= v) (v_lam : v <= p.+1%:R * lam).
Hypotheses (v'0 : 0 <= v') (room0 : 0 < room).
Local Notation N := (n%:R : R).

(* All that is lost, over the noise. *)
Let a1 : R := 4%:R * lam / d ^+ 2.
Let a2 : R := (v - lam) / (N * d) ^+ 2.
Let a3 : R := v' / (N * d) ^+ 2.
Definition loss : R := n.+1%:R * (a1 + a2) + N * a3 + (a1 + 2%:R * N * a3).
Definition most : R := Num.min (1 / (2%:R * loss)) (room / (loss * (1 + lam + v'))).

Let N0 : 0 < N. Proof. by rewrite ltr0n. Qed.
Let nR : N != 0. Proof. by rewrite gt_eqF. Qed.
Let dR : d != 0. Proof. by rewrite gt_eqF. Qed.
Let a1_gt0 : 0 < a1. Proof. by rewrite divr_gt0 ?mulr_gt0 ?ltr0n ?exprn_gt0. Qed.
Let a2_ge0 : 0 <= a2. Proof. by rewrite divr_ge0 ?subr_ge0 // sqr_ge0. Qed.
Let a3_ge0 : 0 <= a3. Proof. by rewrite divr_ge0 // sqr_ge0. Qed.

Lemma loss_gt0 : 0 < loss.
Proof.
have h1 : 0 < n.+1%:R * (a1 + a2) by rewrite mulr_gt0 ?ltr0n // ltr_paddr.
have h2 : 0 <= N * a3 by rewrite mulr_ge0 // ltW.
by rewrite /loss -addrA ltr_paddr // !addr_ge0 ?(ltW a1_gt0) // mulr_ge0 // mulr_ge0 ?ler0n.
Qed.

Lemma most_gt0 : 0 < most.
Proof.
have s0 : 0 < 1 + lam + v' by rewrite ltr_paddr // addr_gt0 ?ltr01.
have l0 := loss_gt0; rewrite /most lt_minr; apply/andP; split.
  by rewrite divr_gt0 ?ltr01 // mulr_gt0 ?ltr0n.
by rewrite divr_gt0 // mulr_gt0.
Qed.

Variable t : R.
Hypotheses (t0 : 0 < t) (t_most : t < most).
Local Notation q1 := (rare_half_way d lam t).
Local Notation q2 := (rare_across n d lam v t).
Local Notation q3 := (rare_behind n d v' t).
Local Notation gap := (rare_gap n d lam v' t).
Local Notation rest := (rare_rest n d lam v' t).
Local Notation ci := (rare_draws_own p n d lam v v' t).
Local Notation cj := (rare_draws_other p n d lam v' t).
Let x : R := n.+1%:R * (q1 + q2).
Let y : R := N * q3.
Let z : R := q1 / 2%:R + N * q3.

Let q1E : q1 = a1 * t. Proof. by rewrite /rare_half_way /a1; field. Qed.
Let q2E : q2 = a2 * t. Proof. by rewrite /rare_across /a2; field; rewrite nR dR. Qed.
Let q3E : q3 = a3 * t. Proof. by rewrite /rare_behind /a3; field; rewrite nR dR. Qed.
Let q1_gt0 : 0 < q1. Proof. by rewrite q1E mulr_gt0. Qed.
Let q2_ge0 : 0 <= q2. Proof. by rewrite q2E mulr_ge0 // ltW. Qed.
Let q3_ge0 : 0 <= q3. Proof. by rewrite q3E mulr_ge0 // ltW. Qed.
Let x0 : 0 <= x. Proof. by rewrite mulr_ge0 ?ler0n // addr_ge0 // ltW. Qed.
Let y0 : 0 <= y. Proof. by rewrite mulr_ge0 ?ler0n. Qed.
Let z0 : 0 <= z. Proof. by rewrite addr_ge0 // divr_ge0 ?ler0n // ltW. Qed.

Let lostE : x + y + 2%:R * z = loss * t.
Proof. by rewrite /x /y /z /loss q1E q2E q3E; field. Qed.

Let lost_half : loss * t <= 1 / 2%:R.
Proof.
rewrite mulrC -ler_pdivl_mulr ?loss_gt0 //; apply: (le_trans (ltW t_most)).
rewrite /most le_minl; apply/orP; left; rewrite le_eqVlt; apply/orP; left; apply/eqP.
by field; rewrite gt_eqF ?loss_gt0.
Qed.

Let lost_room : loss * t * (1 + lam + v') <= room.
Proof.
have s0 : 0 < loss * (1 + lam + v') by rewrite mulr_gt0 ?loss_gt0 // ltr_paddr // addr_gt0 ?ltr01.
by rewrite mulrAC mulrC -ler_pdivl_mulr // (le_trans (ltW t_most)) // /most le_minl lexx orbT.
Qed.

Let half_le1 : 1 / 2%:R <= 1 :> R.
Proof. by rewrite ler_pdivr_mulr ?ltr0n // mul1r ler1n. Qed.

Let x1 : x <= 1.
Proof.
apply: le_trans half_le1; apply: le_trans lost_half.
by rewrite -lostE -addrA ler_addl addr_ge0 // mulr_ge0 ?ler0n.
Qed.
Let y1 : y <= 1.
Proof.
apply: le_trans half_le1; apply: le_trans lost_half.
by rewrite -lostE addrAC ler_addr addr_ge0 // mulr_ge0 ?ler0n.
Qed.
Let z1 : z < 1.
Proof.
apply: (@le_lt_trans _ _ (2%:R * z)); first by rewrite ler_pemull // ler1n.
apply: (@le_lt_trans _ _ (1 / 2%:R)); last by rewrite ltr_pdivr_mulr ?ltr0n // mul1r ltr1n.
by apply: le_trans lost_half; rewrite -lostE ler_addr addr_ge0.
Qed.

Let z1_gt0 : 0 < 1 - z. Proof. by rewrite subr_gt0. Qed.
Let gapE : gap = 1 / (1 - z). Proof. by rewrite /rare_gap /z opprD addrA. Qed.
Let gap0 : 0 < gap. Proof. by rewrite gapE divr_gt0 ?ltr01. Qed.
Let gap_unit : gap * (1 - q1 / 2%:R - N * q3) = 1.
Proof. by rewrite gapE /z opprD addrA mul1r mulVf // -addrA -opprD gt_eqF. Qed.

Let p_case : p = 0%N -> v = lam.
Proof. by move=> p0; apply/eqP; rewrite eq_le lam_v andbT; move: v_lam; rewrite p0 mul1r. Qed.

Let q2_p : q2 / (2%:R * p%:R) * (2%:R * p%:R) = q2.
Proof.
have [p0|p0] := eqVneq p 0%N; first by rewrite /rare_across (p_case p0) subrr !mul0r.
by rewrite divfK // mulf_neq0 ?pnatr_eq0.
Qed.

Let s : R := t * gap ^+ 2.
Let s0 : 0 < s. Proof. by rewrite mulr_gt0 ?exprn_gt0. Qed.

Let alongE : rare_along d q1 gap = lam * (1 - q1) * s.
Proof.
rewrite /rare_along -/q1 (_ : q1 * _ * _ * _ / _ = q1 * d ^+ 2 / 4%:R * (1 - q1) * gap ^+ 2); last by field.
by rewrite {1}/rare_half_way /s; field.
Qed.

Let sidewaysE : rare_sideways p n d q2 gap * p%:R = (v - lam) * s.
Proof.
have [p0|p0] := eqVneq p 0%N; first by rewrite p0 mulr0 (p_case p0) subrr mul0r.
have pR : p%:R != 0 :> R by rewrite pnatr_eq0.
by rewrite /rare_sideways /rare_across /s; field; rewrite pR nR dR.
Qed.

Let sideways_le : rare_sideways p n d q2 gap <= lam * s.
Proof.
have [p0|p0] := eqVneq p 0%N.
  by rewrite /rare_sideways /rare_across (p_case p0) subrr !mul0r mulr_ge0 // ltW.
have pR : 0 < p%:R :> R by rewrite ltr0n lt0n.
rewrite -(ler_pmul2r pR) sidewaysE mulrAC ler_wpmul2r ?(ltW s0) // ler_subl_addr.
by apply: (le_trans v_lam); rewrite [p.+1%:R]mulrSr mulrDl mul1r mulrC.
Qed.

Let q1_le_lost : q1 <= loss * t.
Proof.
rewrite -lostE /z mulrDr addrC -addrA [2%:R * (_ / _)]mulrC divfK ?pnatr_eq0 // ler_addl.
by apply: addr_ge0; [apply: mulr_ge0; [exact: ler0n | exact: y0] | exact: addr_ge0].
Qed.
Let q3_le_lost : q3 <= loss * t.
Proof.
apply: (@le_trans _ _ y); first by rewrite ler_pemull // ler1n.
by rewrite -lostE addrAC ler_addr addr_ge0 // mulr_ge0 ?ler0n.
Qed.

Let few : n.+1%:R * (q1 + q2) <= 1 := x1.
Let few' : N * q3 <= 1 := y1.
Let q12 : q1 + q2 <= 1.
Proof. by apply: le_trans few; rewrite ler_pemull ?addr_ge0 ?(ltW q1_gt0) // ler1n. Qed.
Let q3_le1 : q3 <= 1.
Proof. by apply: le_trans few'; rewrite ler_pemull // ler1n. Qed.
Let q1_lt1 : q1 < 1.
Proof.
apply: (le_lt_trans q1_le_lost); apply: (le_lt_trans lost_half).
by rewrite ltr_pdivr_mulr ?ltr0n // mul1r ltr1n.
Qed.
Let li : probability ci := rare_own_probability n d gap rest (ltW q1_gt0) q2_ge0 q12 q2_p.
Let lj : probability cj := rare_other_probability p n d gap rest q3_ge0 q3_le1.
Let restE : rest = - (q1 * gap / 2%:R). Proof. by []. Qed.

Let lam_t : R := Num.max (rare_along d q1 gap) (rare_sideways p n d q2 gap).

Let top : is_largest_eigenvalue ci lam_t.
Proof.
apply: (largest_rare q2_p restE) => // [|p0].
  by rewrite alongE mulr_gt0 // mulr_gt0 // subr_gt0.
by rewrite /rare_sideways /rare_across (p_case p0) subrr !mul0r.
Qed.

Let lam_t_le : lam_t <= lam * s.
Proof.
rewrite le_maxl sideways_le andbT alongE ler_wpmul2r ?(ltW s0) // ler_pimulr ?(ltW lam0) //.
by rewrite ler_subl_addr ler_addl ltW.
Qed.

Let variance_iE : variance ci = (v - lam * q1) * s.
Proof.
by rewrite (variance_rare_own n d q2_p restE) alongE [p%:R * _]mulrC sidewaysE; ring.
Qed.

Let variance_jE : variance cj = v' * (1 - q3) * s.
Proof.
rewrite (variance_rare_other p d restE gap_unit) {1}/rare_behind /s.
by move: (1 - q3) gap => u g; field; rewrite nR dR.
Qed.

Let near (u w : R) : 0 <= u -> u <= loss * t -> 0 <= w -> w <= 1 + lam + v' -> w * u <= room.
Proof.
move=> u0 ul w0 wl; apply: le_trans lost_room; rewrite mulrC; apply: ler_pmul => //.
Qed.

Let lam_q1 : lam * q1 <= room.
Proof.
apply: near => //; [exact: ltW | exact: ltW |].
by rewrite -addrA addrCA ler_addl addr_ge0 ?ler01.
Qed.

Let lam_near : `|lam_t / s - lam| <= room.
Proof.
rewrite ler_norml; apply/andP; split.
  apply: le_trans (_ : - (lam * q1) <= _); first by rewrite ler_oppl opprK.
  rewrite ler_subr_addl ler_pdivl_mulr // le_maxr alongE; apply/orP; left.
  by rewrite le_eqVlt; apply/orP; left; apply/eqP; ring.
by rewrite ler_subl_addr ler_pdivr_mulr //; apply: (le_trans lam_t_le); rewrite ler_wpmul2r ?(ltW s0) // ler_addr ltW.
Qed.

Let v_near : `|variance ci / s - v| <= room.
Proof.
rewrite variance_iE mulfK ?gt_eqF // addrAC subrr add0r normrN ger0_norm //.
by rewrite mulr_ge0 // ltW.
Qed.

Let v'_near : `|variance cj / s - v'| <= room.
Proof.
rewrite variance_jE mulfK ?gt_eqF // mulrBr mulr1 addrAC subrr add0r normrN ger0_norm; last exact: mulr_ge0.
by apply: near => //; rewrite ler_addr addr_ge0 ?ler01 // ltW.
Qed.

Let C : R := 4%:R * lam + (v + v') / N.
Let C0 : 0 < C.
Proof. by rewrite ltr_paddr ?mulr_gt0 ?ltr0n // divr_ge0 ?ler0n // addr_ge0 // (le_trans (ltW lam0)). Qed.
Let ratio : R := cdnv_is_optimal_bound n lam v v'.

Let error_ge : (ratio - room) * (C / d ^+ 2 * s) <= pair_error n n ci cj.
Proof.
apply: le_trans (rare_error_ge d gap rest n0 (ltW q1_gt0) q2_ge0 q3_ge0 few few' q2_p).
rewrite -/x -/y [leRHS](_ : _ = ratio * ((1 - x) * (1 - y) * (1 - z) ^+ 2) * (C / d ^+ 2 * s)).
  have Cs : 0 <= C / d ^+ 2 * s by rewrite mulr_ge0 ?divr_ge0 ?sqr_ge0 ?ltW.
  rewrite ler_wpmul2r //; case/andP: (cdnv_is_optimal_bound_ge n0 lam0 lam_v v'0) => r0 r1.
  have r_ge0 : 0 <= ratio by apply: le_trans r0; rewrite divr_ge0 ?addr_ge0 ?mulr_ge0 ?ler0n ?ler01.
  apply: le_trans (ler_wpmul2l r_ge0 (little_lost x0 x1 y0 y1 z0)).
  rewrite lostE mulrBr mulr1 ler_add2l ler_opp2; apply: (@le_trans _ _ (loss * t)).
    by rewrite ler_pimull // mulr_ge0 ?(ltW loss_gt0) ?(ltW t0).
  apply: le_trans lost_room; rewrite ler_pemulr // ?mulr_ge0 ?(ltW loss_gt0) ?(ltW t0) //.
  by rewrite -addrA ler_addl addr_ge0 // ltW.
have CR : C != 0 by rewrite gt_eqF.
have zR : 1 - z != 0 by rewrite gt_eqF.
rewrite /ratio /cdnv_is_optimal_bound -/C /s gapE.
rewrite [C - lam / N](_ : _ = 4%:R * lam + (v - lam) / N + v' / N); last by rewrite /C; field.
have -> : q1 + N * q2 + N * q3 = (4%:R * lam + (v - lam) / N + v' / N) / d ^+ 2 * t.
  by rewrite /rare_half_way /rare_across /rare_behind; field; rewrite nR dR.
move: (1 - x) (1 - y) (1 - z) C CR zR => a b c k k0 c0.
by field; rewrite ?nR ?dR ?k0 ?c0.
Qed.

Let bound_le : cdnv_optimal_bound n ci cj lam_t <= C / d ^+ 2 * s.
Proof.
have vi0 : 0 <= variance ci by exact: variance_ge0.
have vj0 : 0 <= variance cj by exact: variance_ge0.
have distE : distance ci cj = d by apply: distance_rare.
rewrite /cdnv_optimal_bound -sqrtrV ?ler0n // -sqrtrM // (mulrDl (variance ci)) distE.
apply: le_trans (optimal_le _ _ _ _ _) _; rewrite ?sqrtr_ge0 ?sqr_sqrtr ?divr_ge0 ?ler0n //.
  rewrite mulr_ge0 ?ler0n // le_maxr alongE; apply/orP; left.
  by rewrite mulr_ge0 ?(ltW s0) // mulr_ge0 ?(ltW lam0) // subr_ge0 ltW.
rewrite le_minl; apply/orP; right; rewrite mulrAC ler_wpmul2r ?invr_ge0 ?sqr_ge0 //.
rewrite /C [leRHS]mulrDl -[4%:R * lam * s]mulrA; apply: ler_add; first by rewrite ler_wpmul2l ?ler0n.
rewrite -mulrDl [leRHS]mulrAC ler_wpmul2r ?invr_ge0 ?ler0n // variance_iE variance_jE [leRHS]mulrDl.
apply: ler_add; rewrite ler_wpmul2r ?(ltW s0) //.
  by rewrite ler_subl_addr ler_addl mulr_ge0 // ltW.
by rewrite ler_pimulr // ler_subl_addr ler_addl.
Qed.

Lemma rare_family : exists s lam_t : R,
  [/\ probability ci, probability cj, distance ci cj = d & is_largest_eigenvalue ci lam_t] /\
  [/\ 0 < s, `|lam_t / s - lam| <= room, `|variance ci / s - v| <= room & `|variance cj / s - v'| <= room] /\
  cdnv_is_optimal_bound n lam v v' - room <= pair_error n n ci cj / cdnv_optimal_bound n ci cj lam_t.
Proof.
have distE : distance ci cj = d by apply: distance_rare.
exists s, lam_t; split; first by split.
split; first by split.
have Cs : 0 < C / d ^+ 2 * s by rewrite mulr_gt0 // divr_gt0 // exprn_gt0.
have error0 : 0 < pair_error n n ci cj.
  apply: lt_le_trans (rare_error_ge d gap rest n0 (ltW q1_gt0) q2_ge0 q3_ge0 few few' q2_p).
  have half_lt1 : 1 / 2%:R < 1 :> R by rewrite ltr_pdivr_mulr ?ltr0n // mul1r ltr1n.
  have lt1 u : u <= loss * t -> 0 < 1 - u.
    by move=> h; rewrite subr_gt0; apply: le_lt_trans half_lt1; apply: le_trans lost_half.
  apply: mulr_gt0; first by rewrite -addrA ltr_paddr // addr_ge0 // mulr_ge0 ?ler0n.
  apply: mulr_gt0; apply: lt1; rewrite -lostE.
    by rewrite -addrA ler_addl addr_ge0 // mulr_ge0 ?ler0n.
  by rewrite addrAC ler_addr addr_ge0 // mulr_ge0 ?ler0n.
have bound0 : 0 < cdnv_optimal_bound n ci cj lam_t.
  apply: lt_le_trans error0 _; apply: (proj1 cdnv_optimal) => //.
  by rewrite -distance_gt0 distE.
apply: (@le_trans _ _ (pair_error n n ci cj / (C / d ^+ 2 * s))).
  by rewrite ler_pdivl_mulr.
by rewrite ler_wpmul2l ?(ltW error0) // lef_pinv ?posrE.
Qed.

End Family.

Theorem cdnv_is_optimal : cdnv_is_optimal_statement.
Proof.
move=> R p n d lam v v' n0 d0 lam0 lam_v v_lam v'0 room room0.
exists (most n d lam v v' room) => [|t t0 t_most]; first exact: most_gt0.
exact: rare_family.
Qed.
