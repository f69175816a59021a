(* Markov on a quadratic form y'B y of all margins of a class, where B is the inverse of a positive definite
   matrix A and y_j = sqrt A_jj - M_ij: at least y_j^2/A_jj, which is at least 1 if M_ij <= 0. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments moments classes union joint spectrum.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Form.

Variables (R : realFieldType) (N : nat) (A : 'M[R]_N).
Hypothesis posA : is_positive_definite A.
Local Notation B := (invmx A).

Lemma positive_definite_unit : A \in unitmx.
Proof.
rewrite -row_free_unit -kermx_eq0; apply/rowV0P => v /sub_kermxP vA.
apply/eqP; apply: contraT => /(proj2 posA); by rewrite vA mul0mx mxE ltxx.
Qed.

Lemma inverse_sym : B^T = B.
Proof. by rewrite trmx_inv (proj1 posA). Qed.

Lemma diagonal_gt0 a : 0 < A a a.
Proof.
have := proj2 posA (delta_mx 0 a); rewrite -rowE trmx_delta -colE !mxE; apply.
by apply/eqP => /rowP /(_ a); rewrite !mxE !eqxx => /eqP; rewrite oner_eq0.
Qed.

Lemma form_shift (u w : 'rV[R]_N) t : ((u - t *: w) *m A *m (u - t *: w)^T) 0 0 =
  (u *m A *m u^T) 0 0 - t * (w *m A *m u^T) 0 0 - t * (u *m A *m w^T) 0 0 + t ^+ 2 * (w *m A *m w^T) 0 0.
Proof.
have -> : (u - t *: w)^T = u^T - t *: w^T by apply/matrixP => r s; rewrite !mxE.
rewrite mulmxBl -scalemxAl mulmxBl mulmxBr [(t *: (w *m A)) *m _]mulmxBr.
rewrite -!scalemxAr -!scalemxAl.
move: (u *m A *m u^T) (w *m A *m u^T) (u *m A *m w^T) (w *m A *m w^T) => k1 k2 k3 k4.
rewrite !mxE; move: (k1 0 0) (k2 0 0) (k3 0 0) (k4 0 0) => x1 x2 x3 x4; ring.
Qed.

Lemma form_ge (y : 'rV[R]_N) a : y 0 a ^+ 2 / A a a <= (y *m B *m y^T) 0 0.
Proof.
have unitA := positive_definite_unit; have Aa := diagonal_gt0 a.
pose v := y *m B; pose t := y 0 a / A a a; pose e : 'rV[R]_N := delta_mx 0 a.
have vA : v *m A = y by rewrite /v -mulmxA mulVmx // mulmx1.
have Av : A *m v^T = y^T by rewrite -(proj1 posA) -trmx_mul vA.
have ge0 (u : 'rV[R]_N) : 0 <= (u *m A *m u^T) 0 0.
  have [->|u0] := eqVneq u 0; first by rewrite !mul0mx mxE.
  by have /ltW := proj2 posA u u0.
have := ge0 (v - t *: e); rewrite form_shift.
have -> : v *m A *m v^T = y *m B *m y^T by rewrite -[v *m A *m v^T]mulmxA Av.
have -> : (e *m A *m v^T) 0 0 = y 0 a by rewrite -mulmxA Av /e -rowE !mxE.
have -> : (v *m A *m e^T) 0 0 = y 0 a by rewrite vA /e trmx_delta -colE mxE.
have -> : (e *m A *m e^T) 0 0 = A a a by rewrite /e -rowE trmx_delta -colE !mxE.
move: (_ 0 0) => F h; rewrite -subr_ge0; apply: le_trans h _; rewrite le_eqVlt.
by apply/orP; left; apply/eqP; rewrite /t; field; rewrite gt_eqF.
Qed.

End Form.

Section FormOfMargins.

Variables (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) (i : I).
Hypotheses (pc : forall j, probability (c j)) (n0 : (0 < n)%N).
Local Notation m j := (pair_mean (c i) (c j) n n).
Local Notation Draws := {ffun I -> {ffun 'I_n -> S}}.
Local Notation other := (@enum_val I [pred j | j != i]).

Let wm j := weight (mean_of n (c j)).
Let lm j : is_law (wm j) := mean_of_probability n (pc j).
Let w := both (weight (c i)) (together wm).
Let lw : is_law w := both_law (pc i) (together_law lm).
Let y (s : R) j (t : S) (F : Draws) : R :=
  s - margin (atom (c i) t) (atom (mean_of n (c i)) (F i)) (atom (mean_of n (c j)) (F j)).

Let E_square s j : j != i ->
  E w (fun q => y s j q.1 q.2 ^+ 2) = pair_variance (c i) (c j) n n + (m j - s) ^+ 2.
Proof.
move=> ji; rewrite (E_both (weight (c i)) (together wm) (fun t F => y s j t F ^+ 2)).
rewrite (eq_E _ (g := fun t => E (wm i) (fun u => E (wm j) (fun v =>
    (s - margin (atom (c i) t) (atom (mean_of n (c i)) u) (atom (mean_of n (c j)) v)) ^+ 2)))); last first.
  by move=> t; rewrite -(E_together2 lm (fun u v => (s - margin (atom (c i) t)
    (atom (mean_of n (c i)) u) (atom (mean_of n (c j)) v)) ^+ 2) ji).
rewrite E_exchange (eq_E _ (fun u => E_exchange _ _ _)).
rewrite (E_shifted_square (pc i) (lm i) (lm j) (mean_mean_of (pc i) n0)).
by rewrite pair_varianceE // pair_meanE // -[(s - _) ^+ 2]sqrrN opprB.
Qed.

Let E_product s s' j l : j != i -> l != i -> l != j ->
  E w (fun q => y s j q.1 q.2 * y s' l q.1 q.2) = joint_covariance n c i j l + (m j - s) * (m l - s').
Proof.
move=> ji li lj; rewrite (E_both (weight (c i)) (together wm) (fun t F => y s j t F * y s' l t F)).
pose G t u v z := (s - margin (atom (c i) t) (atom (mean_of n (c i)) u) (atom (mean_of n (c j)) v))
  * (s' - margin (atom (c i) t) (atom (mean_of n (c i)) u) (atom (mean_of n (c l)) z)).
rewrite (eq_E _ (g := fun t => E (wm i) (fun u => E (wm j) (fun v => E (wm l) (fun z => G t u v z)))));
  last by move=> t; rewrite -(E_together3 lm (G t) ji li lj).
rewrite (E_product_of_margins (pc i) (lm i) (lm j) (lm l) (mean_mean_of (pc i) n0)).
rewrite !pair_meanE // !difference_mean_of // trace_product_mean_of // fourth_mean_of // variance_mean_of //.
rewrite -[trace_product (c i) (c i)]/(squared_trace (c i)) /joint_covariance /centre_variance.
have nR : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
move: (covariance_along _ _ _) (squared_trace _) (fourth _) (variance _) => cv tr f v.
by move: (m j) (m l) => a b; field.
Qed.

(* E y_a y_b, the margins of the other classes being counted from 0. *)
Definition joint_moment (s : 'I_#|[pred j | j != i]| -> R) a b : R :=
  (if a == b then pair_variance (c i) (c (other a)) n n else joint_covariance n c i (other a) (other b))
  + (m (other a) - s a) * (m (other b) - s b).

Let E_moment s a b : E w (fun q => y (s a) (other a) q.1 q.2 * y (s b) (other b) q.1 q.2) = joint_moment s a b.
Proof.
have oi k : other k != i by have := enum_valP k.
rewrite /joint_moment; have [<-|ab] := eqVneq a b; first by rewrite E_square // -expr2.
by rewrite E_product // (inj_eq enum_val_inj) eq_sym.
Qed.

Lemma class_error_form (A : 'M[R]_#|[pred j | j != i]|) : is_positive_definite A -> class_error c n i <=
  \sum_a \sum_b invmx A a b * joint_moment (fun a => Num.sqrt (A a a)) b a.
Proof.
move=> posA; pose s a := Num.sqrt (A a a).
pose row_of t F : 'rV[R]_#|[pred j | j != i]| := \row_a y (s a) (other a) t F.
pose form t F : R := (row_of t F *m invmx A *m (row_of t F)^T) 0 0.
have formE t F : form t F = \sum_a \sum_b invmx A a b * (y (s b) (other b) t F * y (s a) (other a) t F).
  rewrite /form mxE; apply: eq_bigr => a _; rewrite mxE mulr_suml; apply: eq_bigr => b _.
  by rewrite !mxE -[in LHS](inverse_sym posA) mxE mulrAC mulrC [_ * y _ _ _ _]mulrC.
have form_ge0 t F : 0 <= form t F.
  have [N0|] := posnP #|[pred j | j != i]|.
    by rewrite formE big1 // => a; have := ltn_ord a; rewrite {2}N0.
  by move=> N0; apply: le_trans (form_ge posA _ (Ordinal N0)); rewrite divr_ge0 ?sqr_ge0 // ltW ?diagonal_gt0.
have lhs : class_error c n i = E w (fun q => [exists j, (j != i) && (margin (atom (c i) q.1)
    (atom (mean_of n (c i)) (q.2 i)) (atom (mean_of n (c j)) (q.2 j)) <= 0)%R]%:R).
  by rewrite (E_both (weight (c i)) (together wm) (fun t F => [exists j, (j != i) && (margin (atom (c i) t)
    (atom (mean_of n (c i)) (F i)) (atom (mean_of n (c j)) (F j)) <= 0)%R]%:R)).
rewrite lhs; apply: (@le_trans _ _ (E w (fun q => form q.1 q.2))).
  apply: ler_E => // -[t F]; case: existsP => [[j /andP [ji Mj]]|_]; last exact: form_ge0.
  have jA : j \in [pred j | j != i] by [].
  apply: le_trans (form_ge posA _ (enum_rank_in jA j)).
  have Aa := diagonal_gt0 posA (enum_rank_in jA j).
  rewrite ler_pdivl_mulr // mul1r mxE enum_rankK_in // -[leLHS]sqr_sqrtr; last exact: ltW.
  have root_le : Num.sqrt (A (enum_rank_in jA j) (enum_rank_in jA j)) <= y (s (enum_rank_in jA j)) j t F.
    by rewrite /y ler_addl oppr_ge0.
  by rewrite ler_pexpn2r ?nnegrE ?sqrtr_ge0 // (le_trans _ root_le) ?sqrtr_ge0.
rewrite (eq_E _ (g := fun q => \sum_a \sum_b
    invmx A a b * (y (s b) (other b) q.1 q.2 * y (s a) (other a) q.1 q.2))) => [|q]; last exact: formE.
rewrite E_sum; apply: ler_sum => a _; rewrite E_sum; apply: ler_sum => b _.
by rewrite EZ E_moment.
Qed.

End FormOfMargins.
