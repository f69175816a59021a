(* Markov on the fourth power and Minkowski in L4 (library/fourth_power.v). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments classes fourth_power.
From Collapse.statements.few_shot Require Import fourth_moment.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma sqrt4 (R : rcfType) (s : R) : 0 <= s -> Num.sqrt (Num.sqrt s) ^+ 4 = s.
Proof. by move=> s0; rewrite -[4%N]/(2 * 2)%N exprM sqr_sqrtr ?sqrtr_ge0 // sqr_sqrtr. Qed.

(* E |a|^4 for the mean a of n draws, as a fourth power. *)
Lemma fourth_of_mean (R : rcfType) p n (T : finType) (c : class_of R p T) : probability c -> (0 < n)%N ->
  let q := Num.sqrt (Num.sqrt (fourth c + (n%:R - 1) * variance c ^+ 2
    + (2%:R * n%:R - 2%:R) * squared_trace c)) / Num.sqrt (Num.sqrt n%:R) ^+ 3 in
  0 <= q /\ fourth (mean_of n c) <= q ^+ 4.
Proof.
move=> pc n0; cbv zeta; split.
  by rewrite divr_ge0 ?exprn_ge0 ?sqrtr_ge0.
have n1 : 0 <= n%:R - 1 :> R by rewrite subr_ge0 ler1n.
have tr0 : 0 <= squared_trace c.
  rewrite -[squared_trace c]/(trace_product c c) trace_productE.
  by do 2![apply: E_ge0 => // ?]; exact: sqr_ge0.
have n2 : 0 <= 2%:R * n%:R - 2%:R :> R by rewrite -{2}[2%:R]mulr1 -mulrBr mulr_ge0 ?ler0n.
have f0 : 0 <= fourth c by apply: E_ge0 => // t; exact: sqr_ge0.
rewrite fourth_mean_of // exprMn exprVn -exprM mulnC exprM !sqrt4 ?ler0n //; last first.
  by apply: addr_ge0; [apply: addr_ge0 => //|]; apply: mulr_ge0 => //; exact: sqr_ge0.
rewrite le_eqVlt; apply/orP; left; apply/eqP; congr (_ / _).
by move: (fourth c) (variance c) (squared_trace c) => x y z; ring.
Qed.

Lemma pair : fourth_moment_pair.
Proof.
move=> R p n Ti Tj ci cj kap pi pj n0 ij [[h h1 hE] top]; rewrite /fourth_moment_bound.
have kap0 : 0 <= kap by rewrite -hE; apply: E_ge0 => // t; rewrite exprn_even_ge0.
have [qi0 qi4] := fourth_of_mean pi n0; have [qj0 qj4] := fourth_of_mean pj n0.
rewrite -(distance_mean_of ci pj n0).
apply: fourth_power_error => //; rewrite ?sqrtr_ge0 ?sqrt4 //; try exact: mean_of_probability.
  exact: mean_mean_of.
by rewrite distance_mean_of // distance_gt0.
Qed.

Theorem fourth_moment : fourth_moment_statement.
Proof.
split; first exact: pair.
move=> R p n I S c kap two pc n0 ij top.
by apply: few_shot_error_le => // i j ji; apply: pair => //; exact: ij.
Qed.
