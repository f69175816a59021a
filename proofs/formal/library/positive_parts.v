(* Chebyshev for the part of the margin along D, Markov for what the centres' noise adds: the pair form
   behind the directional bound of 2025. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments classes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section PositiveParts.

Variables (R : rcfType) (p : nat) (Tx Ta Tb : finType).
Variables (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb).
Hypotheses (lx : probability x) (la : probability a) (lb : probability b).
Hypothesis mean_a : mean a = mean x.
Local Notation D := (difference x b).
Local Notation P := (error_given_laws x a b).
Local Notation d := (distance x b).
Variables beta kappa : R.
Hypotheses (beta_gt0 : 0 < beta) (kappa_ge0 : 0 <= kappa) (enough : 1 <= kappa * (1 - 2%:R * beta)).
Hypothesis d_gt0 : 0 < d.

Let side t f g := dot (noise x t) (noise b g - noise a f).

(* At least 1 where the margin is not positive. *)
Let cover t f g : R := (dot D (noise x t) / (d ^+ 2 * beta)) ^+ 2 + kappa / d ^+ 2 *
  ((`|dot D (noise b g)| - dot D (noise b g)) + sqlen (noise a f) + (`|side t f g| + side t f g)).

Let d2 : 0 < d ^+ 2. Proof. by rewrite exprn_gt0. Qed.

Lemma cover_ge0 t f g : 0 <= cover t f g.
Proof.
apply: addr_ge0; first exact: sqr_ge0.
apply: mulr_ge0; first by rewrite divr_ge0 // ltW.
apply: addr_ge0; first by apply: addr_ge0; rewrite ?subr_ge0 ?ler_norm ?sqlen_ge0.
by rewrite -[X in _ + X]opprK subr_ge0 (le_trans (ler_norm _)) // normrN.
Qed.

Lemma cover_ge1 t f g : margin (atom x t) (atom a f) (atom b g) <= 0 -> 1 <= cover t f g.
Proof.
move=> /(margin_event mean_a); rewrite /cover /side.
rewrite sqlenD sqr_distance -[D + _ - _]addrA dotDr (dotC (noise x t) D).
set s := dot D (noise x t); set h := dot D (noise b g); set q := dot (noise x t) _.
move=> ev; have [big|small] := lerP (d ^+ 2 * beta) s.
  apply: ler_paddr.
    apply: mulr_ge0; first by rewrite divr_ge0 // ltW.
    apply: addr_ge0; first by apply: addr_ge0; rewrite ?subr_ge0 ?ler_norm ?sqlen_ge0.
    by rewrite -[X in _ + X]opprK subr_ge0 (le_trans (ler_norm _)) // normrN.
  by rewrite exprn_ege1 // ler_pdivl_mulr ?mul1r // mulr_gt0.
apply: ler_paddl; first exact: sqr_ge0.
have noise_ge : d ^+ 2 * (1 - 2%:R * beta) <= (`|h| - h) + sqlen (noise a f) + (`|q| + q).
  have h1 : - h <= `|h| by rewrite -normrN ler_norm.
  have h2 : q <= `|q| by exact: ler_norm.
  have b0 := sqlen_ge0 (noise b g).
  have small2 := ltW small.
  apply: (le_by_gap (c := (`|h| - - h) + (`|q| - q) + sqlen (noise b g) + 2%:R * (d ^+ 2 * beta - s)
      + (2%:R * (s + q) - (d ^+ 2 + 2%:R * h + sqlen (noise b g) - sqlen (noise a f))))).
    by move: (`|h|) (`|q|) => h' q'; ring.
  apply: addr_ge0; last by rewrite subr_ge0.
  apply: addr_ge0; last by rewrite mulr_ge0 ?ler0n // subr_ge0.
  by apply: addr_ge0 => //; apply: addr_ge0; rewrite subr_ge0.
apply: (le_trans enough); rewrite mulrAC ler_pdivl_mulr // -mulrA ler_wpmul2l // mulrC; exact: noise_ge.
Qed.

Lemma E_side2 : E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => side t f g ^+ 2))) =
  trace_product x a + trace_product x b.
Proof.
rewrite !trace_product_along -ED; apply: eq_E => t; rewrite /side.
rewrite (eq_E _ (g := fun f => dot (noise x t) (noise a f) * dot (noise x t) (noise a f) + covariance_along b (noise x t) (noise x t))).
  by rewrite ED Ec // -covariance_alongE.
move=> f; rewrite (eq_E _ (g := fun g => dot (noise x t) (noise b g) * dot (noise x t) (noise b g)
    - 2%:R * dot (noise x t) (noise a f) * dot (noise x t) (noise b g) + dot (noise x t) (noise a f) * dot (noise x t) (noise a f))).
  by rewrite ED EB Ec // EZ E_dot_noise // mulr0 subr0 -covariance_alongE addrC.
by move=> g; rewrite (dotBr (noise b g)); ring.
Qed.

Lemma E_side : E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => side t f g))) = 0.
Proof.
rewrite -[RHS](E0 (weight x)); apply: eq_E => t.
rewrite -[RHS](E_dot_noise la (- noise x t)); apply: eq_E => f.
rewrite (eq_E _ (g := fun g => dot (noise x t) (noise b g) - dot (noise x t) (noise a f))).
  by rewrite EB Ec // E_dot_noise // sub0r dotNl.
by move=> g; rewrite /side (dotBr (noise b g)).
Qed.

Lemma E_abs_side_le : E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => `|side t f g|))) <=
  Num.sqrt (trace_product x a + trace_product x b).
Proof.
have lab : is_law (both (weight a) (weight b)) by exact: both_law.
have lxab : is_law (both (weight x) (both (weight a) (weight b))) by exact: both_law.
have flat (F : Tx -> Ta -> Tb -> R) :
    E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => F t f g))) =
    E (both (weight x) (both (weight a) (weight b))) (fun q => F q.1 q.2.1 q.2.2).
  rewrite (E_both (weight x) (both (weight a) (weight b)) (fun t r => F t r.1 r.2)).
  by apply: eq_E => t; rewrite (E_both (weight a) (weight b) (F t)).
rewrite flat; apply: E_le_sqrt => //.
rewrite -E_side2 flat le_eqVlt; apply/orP; left; apply/eqP; apply: eq_E => q.
by rewrite real_normK ?num_real.
Qed.

Lemma error_positive_parts : P <=
  covariance_along x D D / (d ^+ 2 * beta) ^+ 2 + kappa / d ^+ 2 *
    (Num.sqrt (covariance_along b D D) + variance a + Num.sqrt (trace_product x a + trace_product x b)).
Proof.
pose F t f g := cover t f g.
apply: (@le_trans _ _ (E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => F t f g))))).
  apply: ler_E => // t; apply: ler_E => // f; apply: markov => // g; [exact: cover_ge0 | exact: cover_ge1].
have abs_b : E (weight b) (fun g => `|dot D (noise b g)|) <= Num.sqrt (covariance_along b D D).
  apply: E_le_sqrt => //; rewrite covariance_alongE le_eqVlt; apply/orP; left; apply/eqP.
  by apply: eq_E => g; rewrite real_normK ?num_real // expr2.
have -> : E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => F t f g))) =
    covariance_along x D D / (d ^+ 2 * beta) ^+ 2 + kappa / d ^+ 2 *
    (E (weight b) (fun g => `|dot D (noise b g)|) + variance a
     + E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => `|side t f g|)))).
  have inner t f : E (weight b) (fun g => F t f g) =
      dot D (noise x t) * dot D (noise x t) / (d ^+ 2 * beta) ^+ 2 + kappa / d ^+ 2 *
      (E (weight b) (fun g => `|dot D (noise b g)|) + sqlen (noise a f)
       + (E (weight b) (fun g => `|side t f g|) + E (weight b) (fun g => side t f g))).
    by rewrite ED Ec // EZ !ED EN E_dot_noise // oppr0 addr0 Ec // expr_div_n expr2.
  have middle t : E (weight a) (fun f => E (weight b) (fun g => F t f g)) =
      dot D (noise x t) * dot D (noise x t) / (d ^+ 2 * beta) ^+ 2 + kappa / d ^+ 2 *
      (E (weight b) (fun g => `|dot D (noise b g)|) + variance a
       + (E (weight a) (fun f => E (weight b) (fun g => `|side t f g|))
          + E (weight a) (fun f => E (weight b) (fun g => side t f g)))).
    by rewrite (eq_E _ (inner t)) ED Ec // EZ !ED Ec // -varianceE.
  by rewrite (eq_E _ middle) ED EZr -covariance_alongE EZ !ED !Ec // E_side addr0.
rewrite ler_add2l; apply: ler_wpmul2l; first by rewrite divr_ge0 // ltW.
by apply: ler_add E_abs_side_le; rewrite ler_add2r.
Qed.

End PositiveParts.
