(* Markov on the square of the quadratic polynomial of the margin that is least (library/ladder.v). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes moments ladder.
From Collapse.statements.few_shot Require Import margin_order_4.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Cantelli for a number: the first rung. *)
Lemma order_2 (R : rcfType) (T : finType) (w M : T -> R) : is_law w -> 0 < E w M ->
  let C2 := E w (fun t => (M t - E w M) ^+ 2) in
  E w (fun t => (M t <= 0)%R%:R) <= C2 / (C2 + E w M ^+ 2).
Proof.
move=> lw m0; cbv zeta; set m := E w M; set C2 := E w _.
apply: cantelli => // [|U U0]; first by apply: E_ge0 => // t; exact: sqr_ge0.
rewrite -ler_pdivl_mulr ?exprn_gt0 //.
apply: (@le_trans _ _ (E w (fun t => ((U - M t) / U) ^+ 2))); last first.
  rewrite le_eqVlt; apply/orP; left; apply/eqP.
  rewrite (eq_E w (g := fun t => ((U - m) ^+ 2 - 2%:R * (U - m) * (M t - m) + (M t - m) ^+ 2) / U ^+ 2)).
    by rewrite EZr ED EB Ec // EZ (EB w M) Ec // subrr mulr0 subr0 -/C2 addrC.
  move=> t; have U_neq0 : U != 0 by rewrite gt_eqF.
  by rewrite -/m; move: (M t) m => x y; field.
apply: markov => // [t|t M0]; first exact: sqr_ge0.
by rewrite exprn_ege1 // ler_pdivl_mulr // mul1r ler_addl oppr_ge0.
Qed.

Lemma order_4_value (R : rcfType) (T : finType) (w M : T -> R) (big small : R) : is_law w ->
  0 < small -> small < big -> let m := E w M in let C k := E w (fun t => (M t - m) ^+ k) in
  let g := C 2%N * m ^+ 2 + C 3%N * m - C 2%N ^+ 2 in
  let h := big * C 2%N * C 4%N / small - C 2%N ^+ 3 - C 3%N ^+ 2 in
  E w (fun t => (M t <= 0)%R%:R) <=
    if m <= 0 then 1 else if g <= 0 then C 2%N / (m ^+ 2 + C 2%N)
    else 1 / (1 + m ^+ 2 / C 2%N + g ^+ 2 / (h * C 2%N)).
Proof.
move=> lw s0 sb; cbv zeta; set m := E w M.
set C2 := E w (fun t => (M t - m) ^+ 2); set C3 := E w (fun t => (M t - m) ^+ 3).
set C4 := E w (fun t => (M t - m) ^+ 4); set g := C2 * m ^+ 2 + C3 * m - C2 ^+ 2.
set h := big * C2 * C4 / small - C2 ^+ 3 - C3 ^+ 2.
case: (leP m 0) => [_|m0]; first by apply: E_le1 => // t; exact: indicator_le1.
case: (leP g 0) => [_|g0]; first by rewrite addrC; exact: order_2.
have C20 : 0 <= C2 by exact: central2_ge0.
have C40 : 0 <= C4 by apply: E_ge0 => // t; rewrite exprn_even_ge0.
have sn : small != 0 by rewrite gt_eqF.
have hE : h = C2 * C4 - C2 ^+ 3 - C3 ^+ 2 + (big - small) / small * (C2 * C4).
  by rewrite /h; clear -sn; clearbody C2 C3 C4; field.
have det : 0 <= C2 * C4 - C2 ^+ 3 - C3 ^+ 2 by exact: central_determinant.
have C2p : 0 < C2.
  rewrite lt_def C20 andbT; apply: contraTneq g0 => z; move: det; rewrite z mul0r expr0n subr0 sub0r oppr_ge0.
  move=> c3; have : C3 ^+ 2 == 0 by rewrite eq_le c3 sqr_ge0.
  by rewrite sqrf_eq0 /g z => /eqP ->; rewrite !mul0r expr0n subr0 addr0 ltxx.
have C4p : 0 < C4.
  have := le_trans (sqr_ge0 C3) (_ : C3 ^+ 2 <= C2 * (C4 - C2 ^+ 2)).
  rewrite pmulr_rge0 // subr_ge0 => le4; apply: (lt_le_trans _ (le4 _)); first by rewrite exprn_gt0.
  rewrite -subr_ge0; apply: le_trans det _; rewrite le_eqVlt; apply/orP; left; apply/eqP.
  by clearbody C2 C3 C4; ring.
have room0 : 0 < (big - small) / small * (C2 * C4) 
  by apply: mulr_gt0; [rewrite divr_gt0 ?subr_gt0 | rewrite mulr_gt0].
rewrite hE [(_ + _) * C2]mulrC; apply: order_4 => //; first exact: ltW.
by rewrite ltr_paddl.
Qed.

Lemma pair : margin_order_4_pair.
Proof.
move=> R p n Ti Tj ci cj pi pj n0 ij; rewrite /margin_order_4_bound; cbv zeta.
have lt : 416%:R < 417%:R :> R by rewrite ltr_nat.
have pos : 0 < 416%:R :> R by rewrite ltr0n.
have [d1 d2 d3 d4] : [/\ 0 <= 17%:R :> R, 0 <= 592%:R :> R, 0 <= 186%:R :> R & 0 <= 44%:R :> R].
  by split; exact: ler0n.
have d5 : 0 <= 1000%:R :> R by exact: ler0n.
move: lt pos d1 d2 d3 d4 d5; move: 416%:R 417%:R 17%:R 592%:R 186%:R 44%:R 1000%:R.
move=> last next a1 a2 a3 a4 thousand lt pos d1 d2 d3 d4 d5.
have rest : 0 <= (((a1 * thousand + a2) * thousand + a3) * thousand + a4) * thousand.
  by do 4![apply: mulr_ge0 => //; try apply: addr_ge0 => //].
have [T [w [M [lw -> mE CE]]]] := margin_as_number n n pi pj.
have s0 : 0 < (((a1 * thousand + a2) * thousand + a3) * thousand + a4) * thousand + last by rewrite ltr_paddl.
have sb : (((a1 * thousand + a2) * thousand + a3) * thousand + a4) * thousand + last <
    (((a1 * thousand + a2) * thousand + a3) * thousand + a4) * thousand + next by rewrite ltr_add2l.
move: (order_4_value M lw s0 sb); cbv beta zeta; rewrite -!CE -mE.
by [].
Qed.

Theorem margin_order_4 : margin_order_4_statement.
Proof.
split; first exact: pair.
move=> R p n I S c two pc n0 ij.
by apply: few_shot_error_le => // i j ji; apply: pair => //; exact: ij.
Qed.
