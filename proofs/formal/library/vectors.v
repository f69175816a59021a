(* Vectors of R^p over an ordered field: inner product, squared length, Cauchy-Schwarz. *)
From mathcomp Require Import all_ssreflect all_algebra ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* [b - a = c >= 0] gives [a <= b]: how an inequality is closed by [ring] and a sign. *)
Lemma le_by_gap (R : realFieldType) (a b c : R) : b - a = c -> 0 <= c -> a <= b.
Proof. by move=> <-; rewrite subr_ge0. Qed.

Section InnerProduct.

Variables (R : realFieldType) (p : nat).
Implicit Types (a b h x : 'rV[R]_p) (c : R).

Definition dot a b : R := \sum_(r < p) a 0 r * b 0 r.
Definition sqlen a : R := dot a a.

Lemma dotC a b : dot a b = dot b a.
Proof. by apply: eq_bigr => r _; rewrite mulrC. Qed.

Lemma dotDl a b h : dot (a + b) h = dot a h + dot b h.
Proof. by rewrite /dot -big_split; apply: eq_bigr => r _; rewrite mxE mulrDl. Qed.

Lemma dotZl c a h : dot (c *: a) h = c * dot a h.
Proof. by rewrite /dot mulr_sumr; apply: eq_bigr => r _; rewrite mxE mulrA. Qed.

Lemma dotDr a b h : dot h (a + b) = dot h a + dot h b.
Proof. by rewrite dotC dotDl !(dotC h). Qed.

Lemma dotZr c a h : dot h (c *: a) = c * dot h a.
Proof. by rewrite dotC dotZl dotC. Qed.

Lemma dotNl a h : dot (- a) h = - dot a h.
Proof. by rewrite -scaleN1r dotZl mulN1r. Qed.

Lemma dotNr a h : dot h (- a) = - dot h a.
Proof. by rewrite dotC dotNl dotC. Qed.

Lemma dotBl a b h : dot (a - b) h = dot a h - dot b h.
Proof. by rewrite dotDl dotNl. Qed.

Lemma dotBr a b h : dot h (a - b) = dot h a - dot h b.
Proof. by rewrite dotDr dotNr. Qed.

Lemma dot0l h : dot 0 h = 0.
Proof. by rewrite -(scale0r 0) dotZl mul0r. Qed.

Lemma dot0r h : dot h 0 = 0.
Proof. by rewrite dotC dot0l. Qed.

Lemma dot_suml I (r : seq I) (P : pred I) (F : I -> 'rV[R]_p) h :
  dot (\sum_(i <- r | P i) F i) h = \sum_(i <- r | P i) dot (F i) h.
Proof. by apply: (big_morph (dot^~ h)) => [a b|]; rewrite ?dotDl ?dot0l. Qed.

Lemma sqlen_ge0 a : 0 <= sqlen a.
Proof. by apply: sumr_ge0 => r _; rewrite -expr2 sqr_ge0. Qed.

Lemma sqlen0 : sqlen 0 = 0.
Proof. exact: dot0l. Qed.

Lemma sqlen_eq0 a : (sqlen a == 0) = (a == 0).
Proof.
apply/eqP/eqP => [a0|->]; last exact: sqlen0.
apply/rowP => r; rewrite mxE; apply/eqP; rewrite -sqrf_eq0 expr2.
move: a0 => /eqP; rewrite psumr_eq0 => [|s _]; last by rewrite -expr2 sqr_ge0.
by move=> /allP /(_ r (mem_index_enum _)).
Qed.

Lemma sqlen_gt0 a : (0 < sqlen a) = (a != 0).
Proof. by rewrite lt_def sqlen_ge0 andbT sqlen_eq0. Qed.

Lemma sqlenD a b : sqlen (a + b) = sqlen a + 2%:R * dot a b + sqlen b.
Proof. by rewrite /sqlen dotDl !dotDr (dotC b a); ring. Qed.

Lemma sqlenB a b : sqlen (a - b) = sqlen a - 2%:R * dot a b + sqlen b.
Proof. by rewrite /sqlen dotBl !dotBr (dotC b a); ring. Qed.

Lemma sqlenZ c a : sqlen (c *: a) = c ^+ 2 * sqlen a.
Proof. by rewrite /sqlen dotZl dotZr; ring. Qed.

Lemma sqlenN a : sqlen (- a) = sqlen a.
Proof. by rewrite /sqlen dotNl dotNr opprK. Qed.

Lemma cauchy_schwarz a b : dot a b ^+ 2 <= sqlen a * sqlen b.
Proof.
have [->|b0] := eqVneq b 0; first by rewrite dot0r expr0n sqlen0 mulr0.
have b_gt0 : 0 < sqlen b by rewrite sqlen_gt0.
rewrite -(ler_pmul2l b_gt0).
apply: (le_by_gap (c := sqlen (sqlen b *: a - dot a b *: b))); last exact: sqlen_ge0.
by rewrite sqlenB !sqlenZ dotZl dotZr; ring.
Qed.

End InnerProduct.
