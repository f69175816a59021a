(* The probability that a query of class i is answered wrongly, from the joint second moments of its margins. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments classes union.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Joint.

Variables (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) (i : I).
Hypotheses (two : (1 < #|I|)%N) (pc : forall j, probability (c j)) (n0 : (0 < n)%N).
Local Notation m j := (pair_mean (c i) (c j) n n).
Local Notation V j := (pair_variance (c i) (c j) n n).
Local Notation s j := ((V j + m j ^+ 2) / m j).
Local Notation N := (ways R I - 1).

Definition joint_covariance j l : R :=
  4%:R * covariance_along (c i) (difference (c i) (c j)) (difference (c i) (c l))
  + 4%:R * squared_trace (c i) / n%:R + centre_variance (c i) n.

Definition joint_total : R := \sum_(j | j != i) (V j + (m j - s j) ^+ 2) / s j ^+ 2.

Definition joint_along : R :=
  (joint_total + \sum_(j | j != i) \sum_(l | (l != i) && (l != j))
    (joint_covariance j l + (m j - s j) * (m l - s l)) / (s j * s l)) / N.

Let wm j := weight (mean_of n (c j)).
Let lm j : is_law (wm j) := mean_of_probability n (pc j).
Let w := both (weight (c i)) (together wm).
Let lw : is_law w := both_law (pc i) (together_law lm).
Let M j (t : S) (F : {ffun I -> {ffun 'I_n -> S}}) : R :=
  margin (atom (c i) t) (atom (mean_of n (c i)) (F i)) (atom (mean_of n (c j)) (F j)).
Hypothesis m_gt0 : forall j, j != i -> 0 < m j.

Let s_gt0 j : j != i -> 0 < s j.
Proof.
move=> ji; rewrite divr_gt0 ?m_gt0 // ltr_paddl ?exprn_gt0 ?m_gt0 //.
exact: pair_variance_ge0.
Qed.

Let g j (q : S * {ffun I -> {ffun 'I_n -> S}}) : R := (s j - M j q.1 q.2) / s j.

Let E_g2 j : j != i -> E w (fun q => g j q ^+ 2) = (V j + (m j - s j) ^+ 2) / s j ^+ 2.
Proof.
move=> ji; have s0 := s_gt0 ji.
rewrite (E_both (weight (c i)) (together wm) (fun t F => ((s j - M j t F) / s j) ^+ 2)).
rewrite (eq_E _ (g := fun t => E (wm i) (fun u => E (wm j) (fun v =>
    (s j - margin (atom (c i) t) (atom (mean_of n (c i)) u) (atom (mean_of n (c j)) v)) ^+ 2))
    / s j ^+ 2)); last first.
  move=> t; rewrite -(E_together2 lm (fun u v => (s j - margin (atom (c i) t)
    (atom (mean_of n (c i)) u) (atom (mean_of n (c j)) v)) ^+ 2) ji) -EZr.
  by apply: eq_E => F; rewrite expr_div_n.
rewrite EZr; congr (_ / _).
rewrite E_exchange (eq_E _ (fun u => E_exchange _ _ _)).
rewrite (E_shifted_square (pc i) (lm i) (lm j) (mean_mean_of (pc i) n0)).
rewrite pair_varianceE // pair_meanE //; congr (_ + _).
by rewrite -[RHS]sqrrN opprB.
Qed.

Let E_gg j l : j != i -> l != i -> l != j -> E w (fun q => g j q * g l q) =
  (joint_covariance j l + (m j - s j) * (m l - s l)) / (s j * s l).
Proof.
move=> ji li lj; have s0 := s_gt0 ji; have s0' := s_gt0 li.
rewrite (E_both (weight (c i)) (together wm)
  (fun t F => (s j - M j t F) / s j * ((s l - M l t F) / s l))).
pose G t u v z := (s j - margin (atom (c i) t) (atom (mean_of n (c i)) u) (atom (mean_of n (c j)) v))
  * (s l - margin (atom (c i) t) (atom (mean_of n (c i)) u) (atom (mean_of n (c l)) z)).
rewrite (eq_E _ (g := fun t => E (wm i) (fun u => E (wm j) (fun v => E (wm l) (fun z => G t u v z)))
    / (s j * s l))); last first.
  move=> t; rewrite -(E_together3 lm (G t) ji li lj) -EZr; apply: eq_E => F.
  by rewrite /G /M mulf_div.
rewrite EZr; congr (_ / _).
rewrite (E_product_of_margins (pc i) (lm i) (lm j) (lm l) (mean_mean_of (pc i) n0)).
rewrite !pair_meanE // !difference_mean_of // trace_product_mean_of // fourth_mean_of // variance_mean_of //.
rewrite -[trace_product (c i) (c i)]/(squared_trace (c i)) /joint_covariance /centre_variance.
have nR : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
move: (covariance_along _ _ _) (squared_trace _) (fourth _) (variance _) => cv tr f v.
by move: (m j) (m l) (s j) (s l) => a b a' b'; field.
Qed.

Let X q := \sum_(j | j != i) g j q.
Let Y q := \sum_(j | j != i) g j q ^+ 2.
Let NE : #|[pred j | j != i]|%:R = N.
Proof.
rewrite (_ : #|_| = #|I|.-1); last by rewrite -(cardC1 i).
by rewrite /ways -{2}(prednK (ltnW two)) -addn1 natrD addrK.
Qed.
Let N_gt0 : 0 < N. Proof. by rewrite subr_gt0 ways_gt1. Qed.

Let E_Y : E w Y = joint_total.
Proof. by rewrite E_sum; apply: eq_bigr => j ji; exact: E_g2. Qed.

Let E_X2 : E w (fun q => X q ^+ 2) = N * joint_along.
Proof.
rewrite /joint_along mulrC divfK ?gt_eqF // /X.
rewrite (eq_E _ (g := fun q => \sum_(j | j != i) (g j q ^+ 2
    + \sum_(l | (l != i) && (l != j)) g j q * g l q))).
  rewrite E_sum /joint_total -big_split /=; apply: eq_bigr => j ji.
  rewrite ED E_g2 // E_sum; congr (_ + _); apply: eq_bigr => l /andP [li lj].
  exact: E_gg.
move=> q; rewrite expr2 mulr_suml; apply: eq_bigr => j ji.
rewrite mulr_sumr (bigD1 j) //= expr2; congr (_ + _).
Qed.

Lemma class_error_joint : class_error c n i <=
  (Num.sqrt joint_along + Num.sqrt ((N - 1) * (joint_total - joint_along))) ^+ 2 / N.
Proof.
pose kappa := Num.sqrt ((N - 1) / N).
pose rho q := Num.sqrt (Y q - X q ^+ 2 / N).
have V0 q : 0 <= Y q - X q ^+ 2 / N.
  rewrite subr_ge0 ler_pdivr_mulr // mulrC -NE.
  exact: (sum_cauchy_schwarz [pred j | j != i] (fun j => g j q)).
have along0 : 0 <= joint_along.
  by rewrite -(pmulr_rge0 _ N_gt0) -E_X2; apply: E_ge0 => // q; exact: sqr_ge0.
have gapE : E w (fun q => Y q - X q ^+ 2 / N) = joint_total - joint_along.
  by rewrite EB E_Y EZr E_X2 mulrAC mulfV ?gt_eqF // mul1r.
have gap0 : 0 <= joint_total - joint_along by rewrite -gapE; apply: E_ge0.
have N1 : 0 <= N - 1 by rewrite -NE subr_ge0 ler1n -(ltr0n R) NE.
have lhs : class_error c n i = E w (fun q => [exists j, (j != i) && (M j q.1 q.2 <= 0)%R]%:R).
  by rewrite (E_both (weight (c i)) (together wm)
    (fun t F => [exists j, (j != i) && (M j t F <= 0)%R]%:R)).
rewrite lhs; apply: (@le_trans _ _ (E w (fun q => (`|X q| / N + kappa * rho q) ^+ 2))).
  apply: ler_E => // q; case: existsP => [[j /andP [ji Mj]]|_] /=; last exact: sqr_ge0.
  have big : 1 <= `|X q| / N + kappa * rho q.
    have := one_of_many (fun j => g j q) (ji : [pred j | j != i] j); cbv zeta; rewrite NE.
    apply: le_trans; rewrite ler_pdivl_mulr ?s_gt0 // mul1r ler_addl oppr_ge0; exact: Mj.
  by rewrite exprn_ege1.
pose a := Num.sqrt (joint_along / N).
pose b := Num.sqrt ((N - 1) / N * (joint_total - joint_along)).
have ha : E w (fun q => (`|X q| / N) ^+ 2) <= a ^+ 2.
  rewrite (sqr_sqrtr (divr_ge0 along0 (ltW N_gt0))).
  rewrite (eq_E _ (g := fun q => N ^- 2 * X q ^+ 2)); last first.
    by move=> q; rewrite exprMn exprVn real_normK ?num_real // mulrC.
  rewrite EZ E_X2 le_eqVlt; apply/orP; left; apply/eqP; move: joint_along (gt_eqF N_gt0) => z.
  by move: N => k /negbT k0; field.
have k0 : 0 <= (N - 1) / N by rewrite divr_ge0 // ltW.
have hb : E w (fun q => (kappa * rho q) ^+ 2) <= b ^+ 2.
  rewrite (sqr_sqrtr (mulr_ge0 k0 gap0)).
  rewrite (eq_E _ (g := fun q => (N - 1) / N * (Y q - X q ^+ 2 / N))).
    by rewrite EZ gapE.
  by move=> q; rewrite exprMn !sqr_sqrtr.
apply: (le_trans (minkowski2 lw (sqrtr_ge0 _) (sqrtr_ge0 _) ha hb)); rewrite /a /b.
have -> : Num.sqrt (joint_along / N) = Num.sqrt joint_along / Num.sqrt N.
  by rewrite sqrtrM // sqrtrV ?(ltW N_gt0).
have -> : Num.sqrt ((N - 1) / N * (joint_total - joint_along))
    = Num.sqrt ((N - 1) * (joint_total - joint_along)) / Num.sqrt N.
  by rewrite mulrAC sqrtrM ?mulr_ge0 // sqrtrV ?(ltW N_gt0).
by rewrite -mulrDl exprMn exprVn sqr_sqrtr ?(ltW N_gt0).
Qed.

End Joint.
