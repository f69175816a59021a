(* Three independent laws: query x, own centre a, other centre b, with the means of x and a equal. What
   second moments say of the probability that the query lies at least as near b as a. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts norms.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Margin.

Variables (R : rcfType) (p : nat) (Tx Ta Tb : finType).
Variables (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb).
Hypotheses (lx : probability x) (la : probability a) (lb : probability b).
Hypothesis mean_a : mean a = mean x.
Local Notation D := (difference x b).
Local Notation P := (error_given_laws x a b).
Local Notation d := (distance x b).

Lemma marginE t f g : margin (atom x t) (atom a f) (atom b g) =
  sqlen (D + noise b g) - sqlen (noise a f) - 2%:R * dot (noise x t) (D + noise b g - noise a f).
Proof.
have eb : atom x t - atom b g = noise x t - (D + noise b g).
  by rewrite /noise /difference; apply/rowP => r; rewrite !mxE; ring.
have ea : atom x t - atom a f = noise x t - noise a f.
  by rewrite /noise mean_a; apply/rowP => r; rewrite !mxE; ring.
rewrite /margin eb ea; move: (noise x t) (D + noise b g) (noise a f) => xi A al.
by rewrite !sqlenB !dotBr; ring.
Qed.

Lemma margin_event t f g : margin (atom x t) (atom a f) (atom b g) <= 0 ->
  sqlen (D + noise b g) - sqlen (noise a f) <= 2%:R * dot (noise x t) (D + noise b g - noise a f).
Proof. by rewrite marginE subr_le0. Qed.

(* The variance of the query along w, 0 where w = 0. *)
Definition spread (w : 'rV[R]_p) : R := covariance_along x w w / sqlen w.

Lemma spread_ge0 w : 0 <= spread w.
Proof. by rewrite divr_ge0 ?sqlen_ge0 ?covariance_along_ge0. Qed.

(* Given both centres: Markov on the square of the query's part along w, shifted by T - y. *)
Lemma error_given_centres f g (T : R) : 0 < T ->
  E (weight x) (fun t => (margin (atom x t) (atom a f) (atom b g) <= 0)%R%:R) <=
  (4%:R * spread (D + noise b g - noise a f)
    + (T - (norm (D + noise b g) - norm (noise a f))) ^+ 2) / T ^+ 2.
Proof.
move=> T0; have event t := @margin_event t f g.
move: (D + noise b g) (noise a f) event => A al event; set w := A - al in event *.
set y := norm A - norm al.
have T2 : 0 < T ^+ 2 by rewrite exprn_gt0.
have [y0|y0] := lerP y 0.
  apply: (@le_trans _ _ 1); first by apply: E_le1 => // t; exact: indicator_le1.
  rewrite ler_pdivl_mulr // mul1r.
  apply: (@le_trans _ _ ((T - y) ^+ 2)).
    have Ty : T <= T - y by rewrite ler_addl oppr_ge0.
    by rewrite ler_pexpn2r ?nnegrE ?(ltW T0) // (le_trans (ltW T0)).
  by rewrite ler_addr mulr_ge0 ?ler0n ?spread_ge0.
have w0 : w != 0.
  by apply: contraTneq y0 => /eqP; rewrite subr_eq0 => /eqP Aal; rewrite /y Aal subrr ltxx.
have nw : 0 < norm w by rewrite norm_gt0.
have T_neq0 : T != 0 by rewrite gt_eqF.
have nw_neq0 : norm w != 0 by rewrite gt_eqF.
pose s t := dot (noise x t) w / norm w.
have sE t : 2%:R * s t * norm w = 2%:R * dot (noise x t) w.
  by rewrite /s; field; rewrite gt_eqF.
have -> : (4%:R * spread w + (T - y) ^+ 2) / T ^+ 2 =
    E (weight x) (fun t => ((2%:R * s t + (T - y)) / T) ^+ 2).
  have -> : spread w = E (weight x) (fun t => s t ^+ 2).
    rewrite /spread -sqr_norm covariance_alongE -EZr; apply: eq_E => t.
    by rewrite /s (dotC w); field; rewrite ?T_neq0 ?nw_neq0.
  rewrite [RHS](eq_E _ (g := fun t => T ^- 2 * (4%:R * s t ^+ 2)
      + (T ^- 2 * 4%:R * (T - y) / norm w) * dot w (noise x t) + T ^- 2 * (T - y) ^+ 2)).
    by rewrite !ED !EZ E_dot_noise // Ec //; field; rewrite ?T_neq0 ?nw_neq0.
  by move=> t; rewrite /s (dotC w); field; rewrite ?T_neq0 ?nw_neq0.
apply: markov => // [t|t ev]; first exact: sqr_ge0.
have ys : y <= 2%:R * s t.
  rewrite -(ler_pmul2r nw) sE; apply: le_trans (event t ev).
  rewrite (_ : sqlen A - _ = y * (norm A + norm al)); last by rewrite /y -!sqr_norm; ring.
  by rewrite ler_pmul2l // ler_normB.
rewrite expr_ge1 ?divr_ge0 ?ler_pdivl_mulr ?mul1r ?(ltW T0) //.
  by rewrite addrCA ler_addl subr_ge0.
by rewrite addrCA (le_trans (ltW T0)) // ler_addl subr_ge0.
Qed.

Let Eab (F : Ta -> Tb -> R) : R := E (weight a) (fun f => E (weight b) (fun g => F f g)).

Lemma error_by_centres : P = Eab (fun f g =>
  E (weight x) (fun t => (margin (atom x t) (atom a f) (atom b g) <= 0)%R%:R)).
Proof.
rewrite /error_given_laws E_exchange; apply: eq_E => f; exact: E_exchange.
Qed.

Lemma error_ge0 : 0 <= P.
Proof. by do 3![apply: E_ge0 => // ?]; exact: ler0n. Qed.

Lemma error_le1 : P <= 1.
Proof. by do 3![apply: E_le1 => // ?]; exact: indicator_le1. Qed.

Lemma sqr_distance : sqlen D = d ^+ 2.
Proof. by rewrite sqr_sqrtr ?sqlen_ge0. Qed.

(* The two means of the lengths: 0 <= E|a| with square at most v_a, and E|D + b| >= d. *)
Lemma error_core (ell : R) :
  (Eab (fun f g => spread (D + noise b g - noise a f)) <= ell) ->
  exists2 e, 0 <= e /\ e ^+ 2 <= variance a &
  forall T, 0 < T -> P * T ^+ 2 <= 4%:R * ell + variance a + variance b
    + d ^+ 2 - 2%:R * (e * d) - 2%:R * (T * (d - e)) + T ^+ 2.
Proof.
move=> ell_ge; have [e eE] : {e | E (weight a) (fun f => norm (noise a f)) = e} by eexists.
have e0 : 0 <= e by rewrite -eE; apply: E_ge0 => // f; exact: norm_ge0.
exists e => [|T T0].
  split=> //; rewrite -eE; apply: (le_trans (E_jensen _ la)); rewrite varianceE.
  by apply: ler_E => // f; rewrite sqr_norm.
have [q qE] : {q | E (weight b) (fun g => norm (D + noise b g)) = q} by eexists.
have q_ge : d <= q by rewrite -qE; exact: E_norm_ge.
have T2 : 0 < T ^+ 2 by rewrite exprn_gt0.
have step : P <= Eab (fun f g => (4%:R * spread (D + noise b g - noise a f)
    + (T - (norm (D + noise b g) - norm (noise a f))) ^+ 2) / T ^+ 2).
  by rewrite error_by_centres; apply: ler_E => // f; apply: ler_E => // g; exact: error_given_centres.
rewrite -ler_pdivl_mulr //; apply: (le_trans step).
have -> : Eab (fun f g => (4%:R * spread (D + noise b g - noise a f)
    + (T - (norm (D + noise b g) - norm (noise a f))) ^+ 2) / T ^+ 2) =
  (4%:R * Eab (fun f g => spread (D + noise b g - noise a f))
    + (T ^+ 2 + 2%:R * (T * e) + variance a - 2%:R * q * (T + e) + (sqlen D + variance b))) / T ^+ 2.
  rewrite /Eab -EZ -[X in _ = (_ + X) / _](_ : E (weight a) (fun f => (T + norm (noise a f)) ^+ 2
      - 2%:R * q * (T + norm (noise a f)) + (sqlen D + variance b)) = _).
    rewrite -ED -EZr; apply: eq_E => f; rewrite -EZ -E_sqlen_shift //.
    have -> : (T + norm (noise a f)) ^+ 2 - 2%:R * q * (T + norm (noise a f))
        + E (weight b) (fun g => sqlen (D + noise b g))
      = E (weight b) (fun g => (T + norm (noise a f) - norm (D + noise b g)) ^+ 2).
      rewrite [RHS](eq_E _ (g := fun g => (T + norm (noise a f)) ^+ 2
          + - (2%:R * (T + norm (noise a f))) * norm (D + noise b g) + sqlen (D + noise b g))).
        by rewrite !ED Ec // EZ qE; move: (E _ _) => m2; ring.
      by move=> g; rewrite -sqr_norm; ring.
    rewrite -ED -EZr; apply: eq_E => g; congr (_ / _); congr (_ + _ ^+ 2); ring.
  rewrite (eq_E _ (g := fun f => (T ^+ 2 - 2%:R * q * T + (sqlen D + variance b))
      + (2%:R * T - 2%:R * q) * norm (noise a f) + sqlen (noise a f))).
    by rewrite !ED !Ec // EZ eE -varianceE; ring.
  by move=> f; rewrite -[sqlen (noise a f)]sqr_norm; ring.
rewrite ler_pmul2r ?invr_gt0 //.
apply: (@le_trans _ _ (4%:R * ell + (T ^+ 2 + 2%:R * (T * e) + variance a
    - 2%:R * q * (T + e) + (sqlen D + variance b)))).
  by rewrite ler_add2r ler_pmul2l ?ltr0n.
apply: (le_by_gap (c := 2%:R * ((q - d) * (T + e)))).
  by rewrite sqr_distance; ring.
by rewrite !mulr_ge0 ?ler0n ?subr_ge0 // addr_ge0 // ltW.
Qed.

(* What bounds every variance along a line bounds the spread. *)
Lemma spread_le lam w : (forall h, covariance_along x h h <= lam * sqlen h) -> 0 <= lam -> spread w <= lam.
Proof.
move=> top lam0; rewrite /spread; have [->|w0] := eqVneq w 0.
  by rewrite sqlen0 invr0 mulr0.
by rewrite ler_pdivr_mulr ?sqlen_gt0.
Qed.

Lemma largest_ge0 lam : is_largest_eigenvalue x lam -> 0 <= lam.
Proof.
case=> -[h h0 _] top; have := le_trans (covariance_along_ge0 lx h) (top h).
by rewrite pmulr_lge0 // sqlen_gt0.
Qed.

End Margin.
