(* Whichever class wins, the query's part, the other centre's and the own one's, each over the distance, add
   up to 1; each part is bounded over the classes before the expectation is taken. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws norms margin.
From Collapse.library Require Import second_moments fourth_power classes spectrum ky_fan.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section LargestOf.

Variables (R : realDomainType) (I : finType) (P : pred I) (f : I -> R).

Lemma bigmax_ge0 : 0 <= \big[Num.max/0]_(j | P j) f j.
Proof. by elim/big_rec: _ => // j x _ x0; rewrite le_maxr x0 orbT. Qed.

Lemma bigmax_ge j : P j -> f j <= \big[Num.max/0]_(j | P j) f j.
Proof.
move=> Pj; have : j \in index_enum I by exact: mem_index_enum.
elim: (index_enum I) => // k r IH; rewrite inE big_cons => /predU1P [<-|/IH le].
  by rewrite Pj le_maxr lexx.
by case: ifP => // _; rewrite le_maxr le orbT.
Qed.

End LargestOf.

Section Nearest.

Variables (R : rcfType) (p n : nat) (I S : finType) (c : I -> class_of R p S) (i : I).
Hypotheses (two : (1 < #|I|)%N) (pc : forall j, probability (c j)) (n0 : (0 < n)%N).
Hypothesis apart : forall j, j != i -> mean (c j) != mean (c i).
Local Notation d j := (distance (c i) (c j)).
Local Notation near := (\big[Num.max/0]_(j | j != i) (1 / d j ^+ 2)).
Local Notation Draws := {ffun I -> {ffun 'I_n -> S}}.

Let wm j := weight (mean_of n (c j)).
Let lm j : is_law (wm j) := mean_of_probability n (pc j).
Let w := both (weight (c i)) (together wm).
Let lw : is_law w := both_law (pc i) (together_law lm).
Let nR : 0 < n%:R :> R. Proof. by rewrite ltr0n. Qed.
Let d_gt0 j : j != i -> 0 < d j. Proof. by move=> ji; rewrite distance_gt0 apart. Qed.

Let b (j : I) (F : Draws) := noise (mean_of n (c j)) (F j).
Definition between (j : I) (F : Draws) := difference (c i) (c j) + b j F - b i F.
Let part j (t : S) F : R := `|dot (between j F) (noise (c i) t)| / norm (between j F).

Let part_ge0 j t F : 0 <= part j t F. Proof. by rewrite divr_ge0 ?normr_ge0 ?norm_ge0. Qed.

Let near_ge j : j != i -> (d j)^-1 <= Num.sqrt near.
Proof.
move=> ji; have d0 := d_gt0 ji; have <- : Num.sqrt ((d j)^-1 ^+ 2) = (d j)^-1.
  by rewrite sqrtr_sqr ger0_norm // invr_ge0 ltW.
by rewrite ler_wsqrtr // exprVn -div1r (bigmax_ge (fun j => 1 / d j ^+ 2)).
Qed.

Let others F : R := Num.sqrt (\sum_(j | j != i) sqlen (b j F) / d j ^+ 2).
Let own F : R := norm (b i F) * Num.sqrt near.

Let others_ge j F : j != i -> norm (b j F) / d j <= others F.
Proof.
move=> ji; have d0 := d_gt0 ji.
have <- : Num.sqrt (sqlen (b j F) / d j ^+ 2) = norm (b j F) / d j.
  by rewrite sqrtrM ?sqlen_ge0 // -exprVn sqrtr_sqr ger0_norm // invr_ge0 ltW.
rewrite ler_wsqrtr // (bigD1 j) //= ler_addl sumr_ge0 // => k _.
by rewrite divr_ge0 ?sqlen_ge0 ?sqr_ge0.
Qed.

Let E_own2 : E w (fun q => own q.2 ^+ 2) <= (Num.sqrt (variance (c i)) * Num.sqrt near / Num.sqrt n%:R) ^+ 2.
Proof.
have vi0 : 0 <= variance (c i) by exact: variance_ge0.
rewrite (E_both (weight (c i)) (together wm) (fun _ F => own F ^+ 2)) (Ec _ (pc i)).
rewrite (eq_E _ (g := fun F : Draws => near * sqlen (b i F))) => [|F]; last first.
  by rewrite exprMn sqr_norm sqr_sqrtr ?bigmax_ge0 // mulrC.
rewrite EZ (E_together1 lm i (fun f => sqlen (noise (mean_of n (c i)) f))) -varianceE variance_mean_of //.
by rewrite [leRHS]exprMn [X in _ <= X * _]exprMn exprVn !sqr_sqrtr ?bigmax_ge0 ?ler0n // mulrA [near * _]mulrC.
Qed.

Let E_others2 : E w (fun q => others q.2 ^+ 2) <=
  (Num.sqrt (\sum_(j | j != i) variance (c j) / d j ^+ 2) / Num.sqrt n%:R) ^+ 2.
Proof.
have sum0 (f : I -> R) : (forall j, 0 <= f j) -> 0 <= \sum_(j | j != i) f j / d j ^+ 2.
  by move=> f0; apply: sumr_ge0 => j _; rewrite divr_ge0 ?sqr_ge0.
rewrite (E_both (weight (c i)) (together wm) (fun _ F => others F ^+ 2)) (Ec _ (pc i)).
rewrite (eq_E _ (g := fun F : Draws => \sum_(j | j != i) sqlen (b j F) / d j ^+ 2)) => [|F]; last first.
  by rewrite sqr_sqrtr // sum0 // => j; exact: sqlen_ge0.
rewrite E_sum expr_div_n !sqr_sqrtr ?ler0n //; last by apply: sum0 => j; exact: variance_ge0.
rewrite mulr_suml le_eqVlt; apply/orP; left; apply/eqP; apply: eq_bigr => j _.
rewrite EZr (E_together1 lm j (fun f => sqlen (noise (mean_of n (c j)) f))) -varianceE variance_mean_of //.
by rewrite mulrAC.
Qed.

Lemma class_error_parts (query : S -> Draws -> R) (e : R) : 0 <= e ->
  (forall t F j, j != i -> 2%:R * part j t F / d j <= query t F) ->
  E w (fun q => query q.1 q.2 ^+ 2) <= e ^+ 2 ->
  class_error c n i <= (Num.sqrt (variance (c i)) * Num.sqrt near / Num.sqrt n%:R
    + Num.sqrt (\sum_(j | j != i) variance (c j) / d j ^+ 2) / Num.sqrt n%:R + e) ^+ 2.
Proof.
move=> e0 queryP E_query.
have lhs : class_error c n i = E w (fun q => [exists j, (j != i) && (margin (atom (c i) q.1)
    (atom (mean_of n (c i)) (q.2 i)) (atom (mean_of n (c j)) (q.2 j)) <= 0)%R]%:R).
  by rewrite (E_both (weight (c i)) (together wm) (fun t F => [exists j, (j != i) && (margin (atom (c i) t)
    (atom (mean_of n (c i)) (F i)) (atom (mean_of n (c j)) (F j)) <= 0)%R]%:R)).
rewrite lhs; apply: (@le_trans _ _ (E w (fun q => (own q.2 + others q.2 + query q.1 q.2) ^+ 2))).
  apply: ler_E => // -[t F] /=; case: existsP => [[j /andP [ji Mj]]|_] /=; last exact: sqr_ge0.
  apply: exprn_ege1; have d0 := d_gt0 ji; have dR : d j != 0 by rewrite gt_eqF.
  have := event_covers (x := c i) (b := mean_of n (c j)) (t := t) (f := F i) (g := F j)
    (mean_mean_of (pc i) n0) Mj.
  rewrite distance_mean_of // difference_mean_of // -/(b j F) -/(b i F) -/(between j F) -/(part j t F) => cover.
  apply: (@le_trans _ _ (norm (b i F) / d j + norm (b j F) / d j + 2%:R * part j t F / d j)).
    by rewrite -!mulrDl ler_pdivl_mulr // mul1r [leRHS]addrC.
  by rewrite !ler_add ?queryP ?others_ge // ler_wpmul2l ?norm_ge0 ?near_ge.
have part0 (u : R) : 0 <= Num.sqrt u / Num.sqrt n%:R by rewrite divr_ge0 ?sqrtr_ge0.
apply: minkowski2 => //; first by rewrite addr_ge0 // mulr_ge0 ?mulr_ge0 ?invr_ge0 ?sqrtr_ge0.
by apply: minkowski2 => //; rewrite mulr_ge0 ?mulr_ge0 ?invr_ge0 ?sqrtr_ge0.
Qed.

Let part2 j t F : part j t F ^+ 2 = dot (between j F) (noise (c i) t) ^+ 2 / sqlen (between j F).
Proof. by rewrite exprMn exprVn sqr_norm real_normK ?num_real. Qed.

Let E_query (query : S -> Draws -> R) (e : R) :
  (forall F, E (weight (c i)) (fun t => query t F ^+ 2) <= e) -> E w (fun q => query q.1 q.2 ^+ 2) <= e.
Proof.
move=> h; rewrite (E_both (weight (c i)) (together wm) (fun t F => query t F ^+ 2)) E_exchange.
by rewrite -[leRHS](Ec e (together_law lm)); apply: ler_E => //; exact: together_law.
Qed.

(* The query's part bounded by the sum over the classes. *)
Lemma class_error_sum (lam : R) : 0 <= lam -> (forall h, covariance_along (c i) h h <= lam * sqlen h) ->
  class_error c n i <= (Num.sqrt (variance (c i)) * Num.sqrt near / Num.sqrt n%:R
    + Num.sqrt (\sum_(j | j != i) variance (c j) / d j ^+ 2) / Num.sqrt n%:R
    + 2%:R * Num.sqrt (lam * \sum_(j | j != i) 1 / d j ^+ 2)) ^+ 2.
Proof.
move=> lam0 top; pose total t F := \sum_(j | j != i) part j t F ^+ 2 / d j ^+ 2.
have inv0 j : 0 <= 1 / d j ^+ 2 by rewrite divr_ge0 ?sqr_ge0 ?ler01.
have total0 t F : 0 <= total t F by apply: sumr_ge0 => j _; rewrite divr_ge0 ?sqr_ge0.
apply: (class_error_parts (query := fun t F => 2%:R * Num.sqrt (total t F))).
- by rewrite mulr_ge0 ?ler0n ?sqrtr_ge0.
- move=> t F j ji; rewrite -mulrA ler_wpmul2l ?ler0n //; have d0 := d_gt0 ji.
  have <- : Num.sqrt (part j t F ^+ 2 / d j ^+ 2) = part j t F / d j.
    by rewrite -expr_div_n sqrtr_sqr ger0_norm // divr_ge0 // ltW.
  rewrite ler_wsqrtr // /total (bigD1 j) //= ler_addl sumr_ge0 // => k _.
  by rewrite divr_ge0 ?sqr_ge0.
apply: (@E_query (fun t F => 2%:R * Num.sqrt (total t F))) => F.
rewrite [leRHS]exprMn sqr_sqrtr ?mulr_ge0 ?sumr_ge0 //.
rewrite (eq_E _ (g := fun t => 2%:R ^+ 2 * total t F)) => [|t]; last by rewrite exprMn sqr_sqrtr.
rewrite EZ ler_wpmul2l ?sqr_ge0 // E_sum mulr_sumr; apply: ler_sum => j ji.
rewrite EZr mulrA mulr1 ler_wpmul2r ?invr_ge0 ?sqr_ge0 //.
rewrite (eq_E _ (part2 j ^~ F)) EZr -(covariance_alongE (c i)).
exact: (spread_le (x := c i)).
Qed.

(* The query's part bounded in the span of the k - 1 directions that it may meet. *)
Lemma class_error_span (top : R) : is_largest_eigenvalue_sum #|I|.-1 (c i) top ->
  class_error c n i <= (Num.sqrt (variance (c i)) * Num.sqrt near / Num.sqrt n%:R
    + Num.sqrt (\sum_(j | j != i) variance (c j) / d j ^+ 2) / Num.sqrt n%:R
    + 2%:R * Num.sqrt (top * near)) ^+ 2.
Proof.
move=> topP; pose ws F := [seq between j F | j <- enum [pred j | j != i]].
have few F : (size (ws F) <= #|I|.-1)%N by rewrite size_map -cardE -(cardC1 i).
pose g F := sval (ky_fan (pc i) topP (few F)).
have gP F := svalP (ky_fan (pc i) topP (few F)).
have g0 F t : 0 <= g F t by have [h _ _] := gP F; exact: h.
have near0 : 0 <= near by exact: bigmax_ge0.
have top0 : 0 <= top.
  have [g' [g'0 _]] := ky_fan (pc i) topP (leq0n _ : (size [::] <= #|I|.-1)%N).
  by apply: le_trans; exact: (E_ge0 (pc i) g'0).
apply: (class_error_parts (query := fun t F => 2%:R * Num.sqrt (g F t * near))).
- by rewrite mulr_ge0 ?ler0n ?sqrtr_ge0.
- move=> t F j ji; rewrite -mulrA ler_wpmul2l ?ler0n // sqrtrM // ler_pmul ?invr_ge0 ?near_ge //.
    by rewrite ltW // d_gt0.
  rewrite -[leLHS]ger0_norm // -sqrtr_sqr ler_wsqrtr // part2; have [-> |w0] := eqVneq (between j F) 0.
    by rewrite sqlen0 invr0 mulr0.
  rewrite ler_pdivr_mulr ?sqlen_gt0 //; have [_ h _] := gP F; apply: h.
  by apply: map_f; rewrite mem_enum.
apply: (@E_query (fun t F => 2%:R * Num.sqrt (g F t * near))) => F.
rewrite [leRHS]exprMn sqr_sqrtr ?mulr_ge0 //.
rewrite (eq_E _ (g := fun t => 2%:R ^+ 2 * near * g F t)) => [|t]; last first.
  by rewrite exprMn sqr_sqrtr ?mulr_ge0 // [g F t * _]mulrC mulrA.
by rewrite EZ [top * _]mulrC mulrA ler_wpmul2l ?mulr_ge0 ?ler0n //; have [_ _] := gP F.
Qed.

End Nearest.
