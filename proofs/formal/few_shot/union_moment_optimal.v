(* Markov on a quadratic form of all margins (library/quadratic.v), its mean written out. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments classes union joint spectrum quadratic.
From Collapse.statements.few_shot Require Import union_moment_optimal.
From Collapse.few_shot Require Import union_moment.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma one_class (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) i
    (A : 'M[R]_#|[pred j | j != i]|) :
  (forall i, probability (c i)) -> (1 <= n)%N -> (forall i j, j != i -> mean (c j) != mean (c i)) ->
  is_positive_definite A -> class_error c n i <= union_moment_optimal_bound n c A.
Proof.
move=> pc n0 apart posA; apply: (le_trans (class_error_form pc n0 posA)).
rewrite /union_moment_optimal_bound; cbv zeta; rewrite le_eqVlt; apply/orP; left; apply/eqP.
apply: eq_bigr => a _; rewrite [RHS]mxE; apply: eq_bigr => b _; congr (_ * _).
have oi k : @enum_val I [pred j | j != i] k != i by have := enum_valP k.
rewrite /joint_moment [RHS]mxE addrC; congr (_ + _).
  by rewrite [RHS]mxE big_ord1 !mxE !(written_mean n c i).
rewrite [RHS]mxE; have [_|_] := eqVneq b a; first exact: (written_variance n0 apart (oi b)).
exact: (written_covariance n c i).
Qed.

Theorem union_moment_optimal : union_moment_optimal_statement.
Proof.
move=> R p n I S c A two pc n0 apart posA; split=> [i|]; first exact: one_class.
rewrite ler_wpmul2l ?invr_ge0 ?ler0n //; apply: ler_sum => i _; exact: one_class.
Qed.
