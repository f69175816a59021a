(* The union over classes from joint second moments: covariances of the margins of one query class, and the
   largest of N numbers in terms of their sum and the sum of their squares. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments classes.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Sums.

Variables (R : rcfType) (I : finType).
Implicit Types (A : pred I) (f g : I -> R).

Lemma sum_cauchy_schwarz A f : (\sum_(j | A j) f j) ^+ 2 <= #|A|%:R * \sum_(j | A j) f j ^+ 2.
Proof.
have [A0|A0] := posnP #|A|.
  rewrite A0 mul0r big1 ?expr0n // => j; move/card0_eq: A0 => /(_ j).
  by rewrite unfold_in => ->.
have n0 : 0 < #|A|%:R :> R by rewrite ltr0n.
set X := \sum_(j | A j) f j; set Y := \sum_(j | A j) f j ^+ 2.
have : 0 <= \sum_(j | A j) (#|A|%:R * f j - X) ^+ 2 by apply: sumr_ge0 => j _; exact: sqr_ge0.
have -> : \sum_(j | A j) (#|A|%:R * f j - X) ^+ 2 = #|A|%:R * (#|A|%:R * Y - X ^+ 2).
  transitivity (\sum_(j | A j) (#|A|%:R ^+ 2 * f j ^+ 2 - 2%:R * #|A|%:R * X * f j + X ^+ 2)).
    by apply: eq_bigr => j _; ring.
  rewrite big_split sumrB /= -!mulr_sumr -/X -/Y sumr_const -mulr_natl; ring.
by rewrite pmulr_rge0 // subr_ge0.
Qed.

(* One of N numbers is at most the mean plus its share of the spread. *)
Lemma one_of_many A f j : A j -> let N := #|A|%:R in let X := \sum_(l | A l) f l in
  f j <= `|X| / N + Num.sqrt ((N - 1) / N) * Num.sqrt (\sum_(l | A l) f l ^+ 2 - X ^+ 2 / N).
Proof.
move=> Aj; cbv zeta; set N := #|A|%:R; set X := \sum_(l | A l) f l; set Y := \sum_(l | A l) f l ^+ 2.
have cA : (0 < #|A|)%N by apply/card_gt0P; exists j.
have N0 : 0 < N by rewrite ltr0n.
have Nn : N != 0 by rewrite gt_eqF.
have N1 : 0 <= (N - 1) / N by rewrite divr_ge0 ?ler0n // subr_ge0 ler1n.
have V0 : 0 <= Y - X ^+ 2 / N.
  by rewrite subr_ge0 ler_pdivr_mulr // mulrC; exact: sum_cauchy_schwarz.
pose m := X / N; apply: (@le_trans _ _ (m + (f j - m))); first by rewrite addrC subrK.
apply: ler_add; first by rewrite /m ler_wpmul2r ?invr_ge0 ?(ltW N0) ?ler_norm.
rewrite -sqrtrM //; apply: (le_trans (ler_norm _)); rewrite -sqrtr_sqr ler_wsqrtr //.
have := sum_cauchy_schwarz [pred l | A l && (l != j)] (fun l => f l - m).
have -> : #|[pred l | A l && (l != j)]|%:R = N - 1.
  by rewrite /N [#|A|](cardD1x Aj) natrD addrAC subrr add0r.
have -> : \sum_(l in [pred l | A l && (l != j)]) (f l - m) = - (f j - m).
  have : \sum_(l | A l) (f l - m) = 0.
    by rewrite sumrB sumr_const -mulr_natl -/X -/N /m mulrCA mulfV // mulr1 subrr.
  by rewrite (bigD1 j) //= addrC => /eqP; rewrite addr_eq0 => /eqP.
have -> : \sum_(l in [pred l | A l && (l != j)]) (f l - m) ^+ 2 = Y - X ^+ 2 / N - (f j - m) ^+ 2.
  have : \sum_(l | A l) (f l - m) ^+ 2 = Y - X ^+ 2 / N.
    transitivity (\sum_(l | A l) (f l ^+ 2 - 2%:R * m * f l + m ^+ 2)).
      by apply: eq_bigr => l _; ring.
    rewrite big_split sumrB /= -mulr_sumr -/X -/Y sumr_const -[_ *+ #|_|]mulr_natl (_ : #|_|%:R = N) // /m; field.
    exact: Nn.
  by rewrite (bigD1 j) //= => <-; rewrite [RHS]addrAC subrr add0r.
rewrite sqrrN => h; rewrite mulrAC ler_pdivl_mulr //.
apply: (le_by_gap (c := (N - 1) * (Y - X ^+ 2 / N - (f j - m) ^+ 2) - (f j - m) ^+ 2)).
  by move: (Y - _) ((f j - m) ^+ 2) => s t; ring.
by rewrite subr_ge0.
Qed.

End Sums.

Section TwoMargins.

Variables (R : rcfType) (p : nat) (Tx Ta Tb Tl : finType).
Variables (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb) (l : class_of R p Tl).
Hypotheses (lx : probability x) (la : probability a) (lb : probability b) (ll : probability l).
Hypothesis mean_a : mean a = mean x.
Local Notation D := (difference x b).
Local Notation D' := (difference x l).

Lemma E_covariance_other k : E (weight a) (fun f => covariance_along x k (noise a f)) = 0.
Proof.
rewrite (eq_E _ (g := fun f => E (weight x) (fun t => dot k (noise x t) * dot (noise x t) (noise a f)))).
  by rewrite E_exchange -[RHS](E0 (weight x)); apply: eq_E => t; rewrite EZ E_dot_noise // mulr0.
by move=> f; rewrite covariance_alongE; apply: eq_E => t; rewrite (dotC (noise a f)).
Qed.

Lemma E_covariance_shift2 h k :
  E (weight a) (fun f => covariance_along x (h - noise a f) (k - noise a f)) =
  covariance_along x h k + trace_product x a.
Proof.
have -> : trace_product x a = E (weight a) (fun f => covariance_along x (noise a f) (noise a f)).
  by rewrite trace_productC trace_product_along.
rewrite (eq_E _ (g := fun f => covariance_along x h k - covariance_along x h (noise a f)
    - covariance_along x k (noise a f) + covariance_along x (noise a f) (noise a f))).
  by rewrite ED !EB Ec // !E_covariance_other !subr0.
move=> f; rewrite !covariance_alongE -!EB -ED; apply: eq_E => t.
by rewrite (dotBl h) (dotBl k); move: (dot h _) (dot k _) (dot (noise a f) _) => s r u; ring.
Qed.

Lemma E_margin_b t f : E (weight b) (fun g => margin (atom x t) (atom a f) (atom b g)) =
  margin_mean x a b - (sqlen (noise a f) - variance a) - 2%:R * dot (D - noise a f) (noise x t).
Proof.
rewrite (eq_E _ (g := fun g => sqlen (D + noise b g) - sqlen (noise a f)
    - 2%:R * dot (D - noise a f) (noise x t) - 2%:R * dot (noise x t) (noise b g))).
  by rewrite !EB !Ec // EZ E_dot_noise // E_sqlen_shift // /margin_mean; ring.
move=> g; rewrite marginE // [D + _ - _]addrAC dotDr (dotC (D - _)); ring.
Qed.

End TwoMargins.

Section Covariance.

Variables (R : rcfType) (p : nat) (Tx Ta Tb Tl : finType).
Variables (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb) (l : class_of R p Tl).
Hypotheses (lx : probability x) (la : probability a) (lb : probability b) (ll : probability l).
Hypothesis mean_a : mean a = mean x.

Lemma E_product_of_margins (T T' : R) :
  E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g => E (weight l) (fun g' =>
    (T - margin (atom x t) (atom a f) (atom b g)) * (T' - margin (atom x t) (atom a f) (atom l g')))))) =
  4%:R * covariance_along x (difference x b) (difference x l) + 4%:R * trace_product x a
    + (fourth a - variance a ^+ 2) + (T - margin_mean x a b) * (T' - margin_mean x a l).
Proof.
set D := difference x b; set D' := difference x l.
set m := margin_mean x a b; set m' := margin_mean x a l.
pose Sa f := sqlen (noise a f) - variance a.
rewrite (eq_E _ (g := fun t => E (weight a) (fun f =>
   (T - m + Sa f + 2%:R * dot (D - noise a f) (noise x t))
   * (T' - m' + Sa f + 2%:R * dot (D' - noise a f) (noise x t))))); last first.
  move=> t; apply: eq_E => f.
  rewrite (eq_E _ (g := fun g => (T - margin (atom x t) (atom a f) (atom b g))
      * (T' - m' + Sa f + 2%:R * dot (D' - noise a f) (noise x t)))); last first.
    by move=> g; rewrite EZ EB Ec // E_margin_b //; congr (_ * _); rewrite /Sa /m' /D'; ring.
  by rewrite EZr EB Ec // E_margin_b //; congr (_ * _); rewrite /Sa /m /D; ring.
rewrite E_exchange (eq_E _ (g := fun f => (T - m) * (T' - m') + (T - m + (T' - m')) * Sa f + Sa f ^+ 2
    + 4%:R * covariance_along x (D - noise a f) (D' - noise a f))); last first.
  move=> f; rewrite (eq_E _ (g := fun t => (T - m + Sa f) * (T' - m' + Sa f)
      + 2%:R * (T - m + Sa f) * dot (D' - noise a f) (noise x t)
      + 2%:R * (T' - m' + Sa f) * dot (D - noise a f) (noise x t)
      + 4%:R * (dot (D - noise a f) (noise x t) * dot (D' - noise a f) (noise x t)))).
    by rewrite !ED Ec // !EZ !E_dot_noise // -covariance_alongE; ring.
  by move=> t; move: (dot (D - _) _) (dot (D' - _) _) => s s'; ring.
rewrite !ED Ec // !EZ E_covariance_shift2 // /Sa E_Sa // E_Sa2 //.
by ring.
Qed.

End Covariance.
