(* However a direction is chosen among m, even by looking at the query, the mean square of the query's part
   along it is at most the sum of the m largest eigenvalues (Ky Fan). *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts spectrum.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The projection onto the span of a list of vectors: symmetric, idempotent, of trace at most their number. *)
Lemma projection (R : realFieldType) (p : nat) (ws : seq 'rV[R]_p) : {P : 'M[R]_p |
  [/\ P^T = P, P *m P = P, (forall w, w \in ws -> w *m P = w) & \tr P <= (size ws)%:R]}.
Proof.
elim: ws => [|w ws [P [PT PP wP trP]]].
  by exists 0; rewrite trmx0 mul0mx mxtrace0.
pose u := w - w *m P.
have uP : u *m P = 0 by rewrite mulmxBl -mulmxA PP subrr.
have PuT : P *m u^T = 0 by rewrite -[P]PT -trmx_mul uP trmx0.
have uu : u *m u^T = (sqlen u)%:M.
  apply/matrixP => r s; rewrite !ord1 !mxE eqxx mulr1n; apply: eq_bigr => i _.
  by rewrite !mxE.
have [u0|u0] := eqVneq u 0.
  exists P; split=> // [w'|]; last by rewrite (le_trans trP) // ler_nat leqnSn.
  rewrite inE => /predU1P [->|]; last exact: wP.
  by move/eqP: u0; rewrite subr_eq0 => /eqP <-.
have s0 : sqlen u != 0 by rewrite sqlen_eq0.
pose Q := (sqlen u)^-1 *: (u^T *m u).
have uQ : u *m Q = u.
  by rewrite /Q -scalemxAr mulmxA uu mul_scalar_mx scalerA mulVf ?scale1r.
have PQ : P *m Q = 0 by rewrite /Q -scalemxAr mulmxA PuT mul0mx scaler0.
have QP : Q *m P = 0 by rewrite /Q -scalemxAl -mulmxA uP mulmx0 scaler0.
have QQ : Q *m Q = Q by rewrite {1}/Q -scalemxAl -mulmxA uQ.
exists (P + Q); split=> [||w'|].
- by rewrite linearD /= PT /Q linearZ /= trmx_mul trmxK.
- by rewrite mulmxDl !mulmxDr PP PQ QP QQ addr0 add0r.
- rewrite inE mulmxDr => /predU1P [->|/wP w'P]; last first.
    have w'Q : w' *m Q = 0 by rewrite -w'P -mulmxA PQ mulmx0.
    by rewrite w'P w'Q addr0.
  have wQ : w *m Q = u.
    by rewrite -[w in LHS](subrK (w *m P)) -/u mulmxDl uQ -mulmxA PQ mulmx0 addr0.
  by rewrite wQ addrC subrK.
rewrite mxtraceD /= -[(size ws).+1%:R]/(1 *+ _) mulrSr ler_add //.
rewrite /Q mxtraceZ mxtrace_mulC uu /mxtrace big_ord1 mxE eqxx mulr1n mulVf //.
Qed.

Section KyFan.

Variables (R : realFieldType) (p : nat) (T : finType) (c : class_of R p T) (m : nat) (top : R).
Hypotheses (lc : probability c) (topE : is_largest_eigenvalue_sum m c top).
Local Notation xi := (noise c).

(* A sum with weights between 0 and 1 that add up to at most m is at most that of the m largest. *)
Lemma largest_weights (lam a : 'I_p -> R) : (forall r s : 'I_p, (r <= s)%N -> lam s <= lam r) ->
  (forall r, 0 <= lam r) -> (forall r, 0 <= a r <= 1) -> \sum_r a r <= m%:R ->
  \sum_r lam r * a r <= \sum_(r < p | (r < m)%N) lam r.
Proof.
move=> down lam0 a01 am.
have [theta [th0 above below full]] : exists theta, [/\ 0 <= theta,
    (forall r : 'I_p, (r < m)%N -> theta <= lam r), (forall r : 'I_p, (m <= r)%N -> lam r <= theta)
    & theta * m%:R = \sum_(r < p | (r < m)%N) theta].
  have [mp|pm] := ltnP m p; last first.
    exists 0; split=> // [r mr|]; last by rewrite mul0r big1.
    by have := leq_trans (ltn_ord r) (leq_trans pm mr); rewrite ltnn.
  exists (lam (Ordinal mp)); split=> // [r rm|r mr|]; [exact: down (ltnW _) | exact: down |].
  by rewrite -(big_ord_widen p (fun=> lam (Ordinal mp)) (ltnW mp)) sumr_const card_ord mulr_natr.
apply: (@le_trans _ _ (\sum_r (lam r - theta) * a r + theta * m%:R)).
  rewrite (eq_bigr (fun r => (lam r - theta) * a r + theta * a r)); last by move=> r _; ring.
  by rewrite big_split /= -mulr_sumr ler_add2l ler_wpmul2l.
rewrite full [X in _ + X]big_mkcond [leRHS]big_mkcond -big_split /=; apply: ler_sum => r _.
have /andP [a0 a1] := a01 r; case: ltnP => [rm|mr].
  by rewrite -ler_subr_addr ler_pimulr // subr_ge0 above.
by rewrite addr0 mulr_le0_ge0 // subr_le0 below.
Qed.

Let gram_ge0 (A : 'M[R]_p) r : 0 <= (A *m A^T) r r.
Proof. by rewrite mxE; apply: sumr_ge0 => s _; rewrite mxE -expr2 sqr_ge0. Qed.

Let E_projected (P : 'M[R]_p) : P^T = P -> P *m P = P ->
  E (weight c) (fun t => sqlen (xi t *m P)) = \tr (P *m covariance c).
Proof.
move=> PT PP; rewrite /covariance mulmx_sumr raddf_sum; apply: eq_bigr => t _ /=.
rewrite -scalemxAr mxtraceZ; congr (_ * _).
rewrite mulmxA mxtrace_mulC (_ : xi t *m _ = (xi t *m P) *m (xi t *m P)^T).
  by rewrite /mxtrace big_ord1 [RHS]mxE; apply: eq_bigr => r _; congr (_ * _); rewrite [RHS]mxE.
by rewrite trmx_mul PT !mulmxA -[xi t *m P *m P]mulmxA PP.
Qed.

Lemma ky_fan_projection (P : 'M[R]_p) : P^T = P -> P *m P = P -> \tr P <= m%:R ->
  E (weight c) (fun t => sqlen (xi t *m P)) <= top.
Proof.
move=> PT PP trP; have [h [lam [hh hS down ->]]] := topE.
have h'h : h^T *m h = 1%:M by apply: mulmx1C.
have hSE : h *m covariance c = diag_mx (\row_r lam r) *m h.
  by apply/row_matrixP => r; rewrite row_mul hS mul_diag_mx; apply/rowP => s; rewrite !mxE.
pose a r := (h *m P *m h^T) r r.
have aE : a =1 fun r => ((h *m P) *m (h *m P)^T) r r.
  by move=> r; rewrite /a trmx_mul PT mulmxA -[h *m P *m P]mulmxA PP.
rewrite E_projected // [P *m _](_ : _ = P *m h^T *m (diag_mx (\row_r lam r) *m h)); last first.
  by rewrite -hSE mulmxA -[P *m h^T *m h]mulmxA h'h mulmx1.
rewrite mulmxA mxtrace_mulC !mulmxA mul_mx_diag /mxtrace.
rewrite (eq_bigr (fun r => lam r * a r)) => [|r _]; last by rewrite [LHS]mxE [X in _ * X]mxE mulrC.
apply: largest_weights => // [r|r|].
- have <- : covariance_along c (row r h) (row r h) = lam r.
    rewrite /covariance_along hS -scalemxAl mxE -[RHS]mulr1; congr (_ * _).
    transitivity ((h *m h^T) r r); last by rewrite hh mxE eqxx.
    by rewrite !mxE; apply: eq_bigr => s _; rewrite !mxE.
  exact: covariance_along_ge0.
- rewrite aE gram_ge0 /= -aE -subr_ge0.
  have QT : (1%:M - P)^T = 1%:M - P by rewrite linearB /= trmx1 PT.
  have QQ : (1%:M - P) *m (1%:M - P) = 1%:M - P by rewrite mulmxBr mulmx1 mulmxBl mul1mx PP subrr subr0.
  have := gram_ge0 (h *m (1%:M - P)) r; rewrite trmx_mul QT mulmxA -[h *m _ *m (1%:M - P)]mulmxA QQ.
  by rewrite mulmxBr mulmx1 mulmxBl hh mxE [1%:M r r]mxE eqxx [X in 0 <= _ + X]mxE.
by rewrite -[\sum_r a r]/(\tr (h *m P *m h^T)) mxtrace_mulC mulmxA h'h mul1mx.
Qed.

(* Whatever the directions ws, at most m of them: the part along each is at most that in their span. *)
Lemma ky_fan (ws : seq 'rV[R]_p) : (size ws <= m)%N -> {g : T -> R |
  [/\ (forall t, 0 <= g t), (forall t w, w \in ws -> dot w (xi t) ^+ 2 <= g t * sqlen w)
     & E (weight c) g <= top]}.
Proof.
move=> few; have [P [PT PP wP trP]] := projection ws.
exists (fun t => sqlen (xi t *m P)); split=> [t|t w w_in|]; first exact: sqlen_ge0.
  have -> : dot w (xi t) = dot (xi t *m P) w.
    have dotE a b : dot a b = (a *m b^T) 0 0 by rewrite mxE; apply: eq_bigr => r _; rewrite mxE.
    by rewrite dotC !dotE -{1}(wP w w_in) trmx_mul PT mulmxA.
  exact: cauchy_schwarz.
by apply: ky_fan_projection => //; apply: (le_trans trP); rewrite ler_nat.
Qed.

End KyFan.

(* One eigenvalue is the largest one: the two definitions say the same. *)
Lemma largest_eigenvalue_sum1 (R : realFieldType) (p : nat) (T : finType) (c : class_of R p.+1 T) (top : R) :
  probability c -> is_largest_eigenvalue_sum 1 c top -> is_largest_eigenvalue c top.
Proof.
move=> lc topE; split=> [|w].
  have [h [lam [hh hS _ ->]]] := topE; exists (row 0 h).
    apply/eqP => /rowP z; have : (h *m h^T) 0 0 = 1 by rewrite hh mxE.
    rewrite mxE big1 => [/eqP|s _]; first by rewrite eq_sym oner_eq0.
    by have := z s; rewrite !mxE => ->; rewrite mul0r.
  by rewrite hS (big_pred1 0) // => r; rewrite /= ltnS leqn0.
have [g [_ gP le]] := ky_fan lc topE (isT : (size [:: w] <= 1)%N).
rewrite covariance_alongE; apply: le_trans (ler_wpmul2r (sqlen_ge0 w) le).
by rewrite -EZr; apply: ler_E => // t; rewrite -expr2; apply: gP; rewrite inE.
Qed.
