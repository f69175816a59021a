(* The moment ladder: Markov on the square of a polynomial of the margin that is at least 1 where the margin is
   not positive, for one law of the margin. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws moments classes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Ladder.

Variables (R : rcfType) (T : finType) (w : T -> R) (M : T -> R).
Hypothesis lw : is_law w.
Let m := E w M.
Let C k := E w (fun t => (M t - m) ^+ k).
Let P := E w (fun t => (M t <= 0)%R%:R).

Lemma polynomial_error (q : R -> R) : (forall y, y <= 0 -> 1 <= q y) ->
  P <= E w (fun t => q (M t) ^+ 2).
Proof.
move=> q1; apply: markov => // [t|t M0]; first exact: sqr_ge0.
by rewrite exprn_ege1 // q1.
Qed.

Lemma central1 : C 1 = 0.
Proof.
rewrite /C (eq_E w (g := fun t => M t - m)) => [|t]; last by rewrite expr1.
by rewrite EB Ec // subrr.
Qed.

Lemma central2_ge0 : 0 <= C 2.
Proof. by apply: E_ge0 => // t; exact: sqr_ge0. Qed.

(* A polynomial of degree 4 of the deviation, in central moments. *)
Lemma E_quartic (a0 a1 a2 a3 a4 : R) :
  E w (fun t => a0 + a1 * (M t - m) + a2 * (M t - m) ^+ 2 + a3 * (M t - m) ^+ 3 + a4 * (M t - m) ^+ 4) =
  a0 + a2 * C 2 + a3 * C 3 + a4 * C 4.
Proof.
rewrite !ED Ec // !EZ -/(C 2) -/(C 3) -/(C 4).
have -> : E w (fun t => M t - m) = 0 by rewrite EB Ec // subrr.
by rewrite mulr0 addr0.
Qed.

Lemma E_degree8 (a0 a1 a2 a3 a4 a5 a6 a7 a8 : R) :
  E w (fun t => a0 + a1 * (M t - m) + a2 * (M t - m) ^+ 2 + a3 * (M t - m) ^+ 3 + a4 * (M t - m) ^+ 4
    + a5 * (M t - m) ^+ 5 + a6 * (M t - m) ^+ 6 + a7 * (M t - m) ^+ 7 + a8 * (M t - m) ^+ 8) =
  a0 + a2 * C 2 + a3 * C 3 + a4 * C 4 + a5 * C 5 + a6 * C 6 + a7 * C 7 + a8 * C 8.
Proof.
rewrite ED ED ED ED E_quartic !EZ.
by [].
Qed.

(* C_3^2 <= C_2 (C_4 - C_2^2). *)
Lemma central_determinant : 0 <= C 2 * C 4 - C 2 ^+ 3 - C 3 ^+ 2.
Proof.
have := E_cauchy_schwarz (fun t => M t - m) (fun t => (M t - m) ^+ 2 - C 2) lw.
have -> : E w (fun t => (M t - m) * ((M t - m) ^+ 2 - C 2)) = C 3.
  rewrite (eq_E _ (g := fun t => 0 + (- C 2) * (M t - m) + 0 * (M t - m) ^+ 2 + 1 * (M t - m) ^+ 3
    + 0 * (M t - m) ^+ 4)); first by rewrite E_quartic; move: (C 2) (C 3) (C 4) => x y z; ring.
  by move=> t; move: (C 2) (M t - m) => x y; ring.
have -> : E w (fun t => ((M t - m) ^+ 2 - C 2) ^+ 2) = C 4 - C 2 ^+ 2.
  rewrite (eq_E _ (g := fun t => C 2 ^+ 2 + 0 * (M t - m) + (- 2%:R * C 2) * (M t - m) ^+ 2
    + 0 * (M t - m) ^+ 3 + 1 * (M t - m) ^+ 4)).
    by rewrite E_quartic; move: (C 2) (C 3) (C 4) => x y z; ring.
  by move=> t; move: (C 2) (M t - m) => x y; ring.
rewrite -/(C 2) -subr_ge0 => h; apply: le_trans h _.
rewrite le_eqVlt; apply/orP; left; apply/eqP; move: (C 2) (C 3) (C 4) => x y z; ring.
Qed.

(* The closed form from four moments; [room >= 0] is any increase of h. *)
Lemma order_4 (room : R) : 0 <= room ->
  let g := C 2 * m ^+ 2 + C 3 * m - C 2 ^+ 2 in
  let h := C 2 * C 4 - C 2 ^+ 3 - C 3 ^+ 2 + room in
  0 < m -> 0 < g -> 0 < h -> P <= 1 / (1 + m ^+ 2 / C 2 + g ^+ 2 / (C 2 * h)).
Proof.
move=> room0 g h m0 g0 h0.
have C2 : 0 < C 2.
  rewrite lt_def central2_ge0 andbT; apply: contraTneq g0 => C20.
  have := central_determinant; rewrite C20 mul0r expr0n subr0 sub0r oppr_ge0 => C3.
  have /eqP : C 3 ^+ 2 == 0 by rewrite eq_le C3 sqr_ge0.
  by move/eqP; rewrite sqrf_eq0 /g C20 => /eqP ->; rewrite !mul0r expr0n subr0 addr0 ltxx.
have C2n : C 2 != 0 by rewrite gt_eqF.
have hn : h != 0 by rewrite gt_eqF.
set K := 1 + m ^+ 2 / C 2 + g ^+ 2 / (C 2 * h).
have K1 : 1 <= K.
  by rewrite /K -addrA ler_addl addr_ge0 // divr_ge0 ?sqr_ge0 ?mulr_ge0 ?(ltW C2) ?(ltW h0).
have K0 : 0 < K by exact: lt_le_trans ltr01 K1.
have Kn : K != 0 by rewrite gt_eqF.
pose q y := (1 - m * (y - m) / C 2
  + g * (C 2 * (y - m) ^+ 2 - C 3 * (y - m) - C 2 ^+ 2) / (C 2 * h)) / K.
have q1 y : y <= 0 -> 1 <= q y.
  move=> y0; rewrite /q ler_pdivl_mulr // mul1r.
  have slope : 0 <= m / C 2 + g * (2%:R * C 2 * m + C 3) / (C 2 * h).
    have s0 : 0 <= 2%:R * C 2 * m + C 3.
      rewrite -(pmulr_rge0 _ m0); apply: (le_trans (ltW g0)).
      apply: (le_by_gap (c := C 2 * m ^+ 2 + C 2 ^+ 2)); last first.
        by rewrite addr_ge0 ?sqr_ge0 // mulr_ge0 ?sqr_ge0 ?(ltW C2).
      by rewrite /g; move: (C 2) (C 3) m => x z u; ring.
    by rewrite addr_ge0 ?divr_ge0 ?mulr_ge0 ?(ltW m0) ?(ltW C2) ?(ltW g0) ?(ltW h0).
  apply: (le_by_gap (c := y ^+ 2 * (g / h) + (- y) * (m / C 2 + g * (2%:R * C 2 * m + C 3) / (C 2 * h)))).
    rewrite /K; clear -C2n hn; clearbody h; rewrite /g.
    by move: (C 2) (C 3) m C2n => x z u x0; field; rewrite x0 hn.
  apply: addr_ge0; apply: mulr_ge0; rewrite ?sqr_ge0 ?oppr_ge0 //.
  by rewrite divr_ge0 ?(ltW g0) ?(ltW h0).
apply: (le_trans (polynomial_error q1)).
have -> : E w (fun t => q (M t) ^+ 2) =
    (1 + m ^+ 2 / C 2 + g ^+ 2 * (C 2 * C 4 - C 2 ^+ 3 - C 3 ^+ 2) / (C 2 * h ^+ 2)) / K ^+ 2.
  pose b0 := 1 - g * C 2 ^+ 2 / (C 2 * h); pose b1 := - (m / C 2) - g * C 3 / (C 2 * h).
  pose b2 := g * C 2 / (C 2 * h).
  rewrite (eq_E _ (g := fun t => b0 ^+ 2 / K ^+ 2 + 2%:R * b0 * b1 / K ^+ 2 * (M t - m)
    + (b1 ^+ 2 + 2%:R * b0 * b2) / K ^+ 2 * (M t - m) ^+ 2 + 2%:R * b1 * b2 / K ^+ 2 * (M t - m) ^+ 3
    + b2 ^+ 2 / K ^+ 2 * (M t - m) ^+ 4)).
    rewrite E_quartic /b0 /b1 /b2.
    clear -C2n hn Kn; clearbody K h g.
    by move: (C 2) (C 3) (C 4) m C2n => x z v u x0; field; rewrite Kn hn x0.
  move=> t; rewrite /q /b0 /b1 /b2.
  clear -C2n hn Kn; clearbody K h g.
  by move: (M t - m) (C 2) (C 3) m C2n => y x z u x0; field; rewrite Kn hn x0.
rewrite ler_pdivr_mulr ?exprn_gt0 // (_ : 1 / K * K ^+ 2 = K); last by clear -Kn; clearbody K; field.
rewrite /K ler_add2l ler_pdivr_mulr ?mulr_gt0 ?exprn_gt0 //.
have -> : g ^+ 2 / (C 2 * h) * (C 2 * h ^+ 2) = g ^+ 2 * h.
  clear -C2n hn; clearbody h g.
  by move: (C 2) C2n => x x0; field; rewrite hn x0.
by rewrite ler_wpmul2l ?sqr_ge0 // /h ler_addl.
Qed.

End Ladder.

(* The margin of a pair as one random number on a finite set. *)
Section MarginLaw.

Variables (R : rcfType) (p : nat) (Ti Tj : finType) (ni nj : nat).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj).
Hypotheses (li : probability ci) (lj : probability cj).

Let w := both (weight ci) (both (weight (mean_of ni ci)) (weight (mean_of nj cj))).
Let M q := margin (atom ci q.1) (atom (mean_of ni ci) q.2.1) (atom (mean_of nj cj) q.2.2).

Lemma E_marginE f : E_margin ni nj ci cj f = E w (fun q => f (M q)).
Proof.
rewrite (E_both (weight ci) (both (weight (mean_of ni ci)) (weight (mean_of nj cj)))
  (fun t r => f (margin (atom ci t) (atom (mean_of ni ci) r.1) (atom (mean_of nj cj) r.2)))).
apply: eq_E => t; rewrite (E_both (weight (mean_of ni ci)) (weight (mean_of nj cj))
  (fun g h => f (margin (atom ci t) (atom (mean_of ni ci) g) (atom (mean_of nj cj) h)))).
by [].
Qed.

(* There are a law w and a random number M with the same probabilities and moments. *)
Lemma margin_as_number : exists (T : finType) (w : T -> R) (M : T -> R), [/\ is_law w,
  pair_error ni nj ci cj = E w (fun t => (M t <= 0)%R%:R),
  mean_margin ni nj ci cj = E w M &
  forall k, central_margin_moment ni nj ci cj k = E w (fun t => (M t - E w M) ^+ k)].
Proof.
have lw : is_law w by do 2![apply: both_law => //]; exact: mean_of_probability.
have mE : mean_margin ni nj ci cj = E w M by exact: E_marginE.
exists _, w, M; split=> //; first exact: (E_marginE (fun y => (y <= 0)%R%:R)).
by move=> k; rewrite /central_margin_moment E_marginE mE.
Qed.

End MarginLaw.
