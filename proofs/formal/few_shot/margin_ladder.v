(* Any polynomial 1 + sum_k c_k (-M)^k with c >= 0 is at least 1 where M <= 0: Markov on its square. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes moments ladder.
From Collapse.statements.few_shot Require Import margin_ladder.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The square of w_0 + w_1 N + ... + w_4 N^4 in central moments. *)
Lemma E_square (R : rcfType) (T : finType) (w M : T -> R) (w0 w1 w2 w3 w4 : R) : is_law w ->
  let C k := E w (fun t => (M t - E w M) ^+ k) in
  E w (fun t => (w0 + w1 * (M t - E w M) + w2 * (M t - E w M) ^+ 2 + w3 * (M t - E w M) ^+ 3
    + w4 * (M t - E w M) ^+ 4) ^+ 2) =
  w0 ^+ 2 + (2%:R * w0 * w2 + w1 ^+ 2) * C 2%N + (2%:R * w0 * w3 + 2%:R * w1 * w2) * C 3%N
  + (2%:R * w0 * w4 + 2%:R * w1 * w3 + w2 ^+ 2) * C 4%N + (2%:R * w1 * w4 + 2%:R * w2 * w3) * C 5%N
  + (2%:R * w2 * w4 + w3 ^+ 2) * C 6%N + 2%:R * w3 * w4 * C 7%N + w4 ^+ 2 * C 8%N.
Proof.
move=> lw; cbv zeta; rewrite -(E_degree8 M lw _ (2%:R * w0 * w1)); apply: eq_E => t.
by move: (M t - _) => y; ring.
Qed.

Lemma one_le_polynomial (R : rcfType) (c1 c2 c3 c4 y : R) : 0 <= c1 -> 0 <= c2 -> 0 <= c3 -> 0 <= c4 ->
  y <= 0 -> 1 <= 1 - c1 * y + c2 * y ^+ 2 - c3 * y ^+ 3 + c4 * y ^+ 4.
Proof.
move=> h1 h2 h3 h4 y0; have z0 : 0 <= - y by rewrite oppr_ge0.
apply: (le_by_gap (c := c1 * (- y) + c2 * (- y) ^+ 2 + c3 * (- y) ^+ 3 + c4 * (- y) ^+ 4)); first by ring.
by rewrite !addr_ge0 ?mulr_ge0 ?exprn_ge0.
Qed.

Section Pair.

Variables (R : rcfType) (T : finType) (w M : T -> R) (c1 c2 c3 c4 : R).
Hypotheses (lw : is_law w) (h1 : 0 <= c1) (h2 : 0 <= c2) (h3 : 0 <= c3) (h4 : 0 <= c4).
Let m := E w M.
Let C k := E w (fun t => (M t - m) ^+ k).

Lemma rung : E w (fun t => (M t <= 0)%R%:R) <=
  let w0 := 1 - c1 * m + c2 * m ^+ 2 - c3 * m ^+ 3 + c4 * m ^+ 4 in
  let w1 := - c1 + 2%:R * c2 * m - 3%:R * c3 * m ^+ 2 + 4%:R * c4 * m ^+ 3 in
  let w2 := c2 - 3%:R * c3 * m + 6%:R * c4 * m ^+ 2 in
  let w3 := - c3 + 4%:R * c4 * m in
  let w4 := c4 in
  w0 ^+ 2 + (2%:R * w0 * w2 + w1 ^+ 2) * C 2 + (2%:R * w0 * w3 + 2%:R * w1 * w2) * C 3
  + (2%:R * w0 * w4 + 2%:R * w1 * w3 + w2 ^+ 2) * C 4 + (2%:R * w1 * w4 + 2%:R * w2 * w3) * C 5
  + (2%:R * w2 * w4 + w3 ^+ 2) * C 6 + 2%:R * w3 * w4 * C 7 + w4 ^+ 2 * C 8.
Proof.
cbv zeta; rewrite -(E_square M _ _ _ _ _ lw).
pose q y := 1 - c1 * y + c2 * y ^+ 2 - c3 * y ^+ 3 + c4 * y ^+ 4.
apply: (@le_trans _ _ (E w (fun t => q (M t) ^+ 2))).
  by apply: polynomial_error => // y y0; exact: one_le_polynomial.
rewrite le_eqVlt; apply/orP; left; apply/eqP; apply: eq_E => t; congr (_ ^+ 2).
by rewrite /q -/m; move: (M t) m => y x; ring.
Qed.

End Pair.

Lemma pair_6 : margin_order_6_pair.
Proof.
move=> R p n Ti Tj ci cj c1 c2 c3 pi pj n0 ij h1 h2 h3; rewrite /margin_order_6_bound; cbv zeta.
have [T [w [M [lw -> mE CE]]]] := margin_as_number n n pi pj.
apply: (le_trans (rung M lw h1 h2 h3 (lexx 0))); cbv zeta.
rewrite -!CE -mE le_eqVlt; apply/orP; left; apply/eqP.
by move: (central_margin_moment n n ci cj) (mean_margin n n ci cj) => C m; ring.
Qed.

Lemma pair_8 : margin_order_8_pair.
Proof.
move=> R p n Ti Tj ci cj c1 c2 c3 c4 pi pj n0 ij h1 h2 h3 h4; rewrite /margin_order_8_bound; cbv zeta.
have [T [w [M [lw -> mE CE]]]] := margin_as_number n n pi pj.
apply: (le_trans (rung M lw h1 h2 h3 h4)); cbv zeta.
rewrite -!CE -mE le_eqVlt; apply/orP; left; apply/eqP.
by move: (central_margin_moment n n ci cj) (mean_margin n n ci cj) => C m; ring.
Qed.

Theorem margin_order_6 : margin_order_6_statement.
Proof.
split; first exact: pair_6.
move=> R p n I S c c1 c2 c3 two pc n0 ij h1 h2 h3.
by apply: few_shot_error_le => // i j ji; apply: pair_6 => //; exact: ij.
Qed.

Theorem margin_order_8 : margin_order_8_statement.
Proof.
split; first exact: pair_8.
move=> R p n I S c c1 c2 c3 c4 two pc n0 ij h1 h2 h3 h4.
by apply: few_shot_error_le => // i j ji; apply: pair_8 => //; exact: ij.
Qed.
