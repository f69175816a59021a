(* The quantities of a law given by lists of fractions, as programs that [vm_compute] runs, each proved
   equal to its definition in quantities.v. A test compares their values with theory/ and with enumeration. *)
From mathcomp Require Import all_ssreflect all_algebra ring.
From Collapse.library Require Import vectors expectation quantities facts draws.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Fixpoint sum_to (m : nat) (F : nat -> rat) : rat := if m is k.+1 then sum_to k F + F k else 0.

Lemma sum_toE m (F : nat -> rat) : \sum_(t < m) F t = sum_to m F.
Proof. by elim: m => [|m IH]; rewrite ?big_ord0 // big_ord_recr IH. Qed.

Section Evaluate.

Variables (p m : nat).
Definition point := seq rat.
Definition table := seq (rat * point).
Implicit Types (s : table) (a : point).

Definition vec a : 'rV[rat_realFieldType]_p := \row_r nth 0 a r.
Definition w_at s t : rat := (nth (0, [::]) s t).1.
Definition z_at s t : point := (nth (0, [::]) s t).2.

Definition law_of s : class_of rat_realFieldType p [finType of 'I_m] :=
  FiniteClass (fun t : 'I_m => w_at s t) (fun t : 'I_m => vec (z_at s t)).

Definition dots a b : rat := sum_to p (fun r => nth 0 a r * nth 0 b r).
Definition subv a b : point := mkseq (fun r => nth 0 a r - nth 0 b r) p.
Definition addv a b : point := mkseq (fun r => nth 0 a r + nth 0 b r) p.
Definition scalev (q : rat) a : point := mkseq (fun r => q * nth 0 a r) p.
Definition means s : point := mkseq (fun r => sum_to m (fun t => w_at s t * nth 0 (z_at s t) r)) p.
Definition noises s t : point := subv (z_at s t) (means s).

Lemma dot_vec a b : dot (vec a) (vec b) = dots a b.
Proof. by rewrite /dots -sum_toE; apply: eq_bigr => r _; rewrite !mxE. Qed.

Lemma vec_sub a b : vec (subv a b) = vec a - vec b.
Proof. by apply/rowP => r; rewrite !mxE nth_mkseq. Qed.

Lemma vec_add a b : vec (addv a b) = vec a + vec b.
Proof. by apply/rowP => r; rewrite !mxE nth_mkseq. Qed.

Lemma vec_scale q a : vec (scalev q a) = q *: vec a.
Proof. by apply/rowP => r; rewrite !mxE nth_mkseq. Qed.

Lemma mean_of_table s : mean (law_of s) = vec (means s).
Proof.
apply/rowP => r; rewrite summxE mxE nth_mkseq // -sum_toE.
by apply: eq_bigr => t _; rewrite !mxE.
Qed.

Lemma noise_of_table s (t : 'I_m) : noise (law_of s) t = vec (noises s t).
Proof. by rewrite /noise mean_of_table -vec_sub. Qed.

Lemma E_table s (F : nat -> rat) (f : 'I_m -> rat) : (forall t, f t = F t) ->
  E (weight (law_of s)) f = sum_to m (fun t => w_at s t * F t).
Proof. by move=> fF; rewrite -sum_toE; apply: eq_bigr => t _; rewrite fF. Qed.

Definition variances s := sum_to m (fun t => w_at s t * dots (noises s t) (noises s t)).
Definition fourths s := sum_to m (fun t => w_at s t * dots (noises s t) (noises s t) ^+ 2).
Definition along s h h' := sum_to m (fun t => w_at s t * (dots h (noises s t) * dots h' (noises s t))).
Definition thirds h s :=
  sum_to m (fun t => w_at s t * (dots (noises s t) (noises s t) * dots h (noises s t))).
Definition traces s s' := sum_to m (fun t => w_at s t *
  sum_to m (fun t' => w_at s' t' * dots (noises s t) (noises s' t') ^+ 2)).

Lemma variance_of_table s : variance (law_of s) = variances s.
Proof.
rewrite varianceE; apply: (E_table s (F := fun t => dots (noises s t) (noises s t))) => t.
by rewrite noise_of_table -dot_vec.
Qed.

Lemma fourth_of_table s : fourth (law_of s) = fourths s.
Proof.
apply: (E_table s (F := fun t => dots (noises s t) (noises s t) ^+ 2)) => t.
by rewrite noise_of_table -dot_vec.
Qed.

Lemma along_of_table s h h' : covariance_along (law_of s) (vec h) (vec h') = along s h h'.
Proof.
rewrite covariance_alongE.
apply: (E_table s (F := fun t => dots h (noises s t) * dots h' (noises s t))) => t.
by rewrite noise_of_table -!dot_vec.
Qed.

Lemma third_of_table h s : dot (vec h) (third (law_of s)) = thirds h s.
Proof.
rewrite dot_third.
apply: (E_table s (F := fun t => dots (noises s t) (noises s t) * dots h (noises s t))) => t.
by rewrite noise_of_table -!dot_vec.
Qed.

Lemma trace_of_table s s' : trace_product (law_of s) (law_of s') = traces s s'.
Proof.
rewrite trace_productE; apply: (E_table s (F := fun t =>
  sum_to m (fun t' => w_at s' t' * dots (noises s t) (noises s' t') ^+ 2))) => t.
apply: (E_table s' (F := fun t' => dots (noises s t) (noises s' t') ^+ 2)) => t'.
by rewrite !noise_of_table -dot_vec.
Qed.

(* The sum of n draws from a table, started at [acc]. *)
Fixpoint drawn n s (G : point -> rat) acc : rat :=
  if n is k.+1 then sum_to m (fun t => w_at s t * drawn k s G (addv acc (z_at s t))) else G acc.

Lemma drawn_of_table n s (G : point -> rat) (H : 'rV[rat_realFieldType]_p -> rat) acc : (forall a, H (vec a) = G a) ->
  E (fun f : {ffun 'I_n -> 'I_m} => \prod_k weight (law_of s) (f k))
    (fun f => H (vec acc + \sum_k atom (law_of s) (f k))) = drawn n s G acc.
Proof.
move=> HG; elim: n acc => [|n IH] acc.
  by rewrite (E_draws0 (weight (law_of s)) (atom (law_of s)) (fun v => H (vec acc + v))) addr0.
rewrite (E_draws_recl (weight (law_of s)) n (atom (law_of s)) (fun v => H (vec acc + v))).
apply: (E_table s (F := fun t => drawn n s G (addv acc (z_at s t)))) => t.
by rewrite -IH; apply: eq_E => f; rewrite vec_add addrA.
Qed.

Definition margins z a b := dots (subv z b) (subv z b) - dots (subv z a) (subv z a).

Definition pair_errors n n' s s' : rat := sum_to m (fun t => w_at s t *
  drawn n s (fun a => drawn n' s' (fun b =>
    (margins (z_at s t) (scalev n%:R^-1 a) (scalev n'%:R^-1 b) <= 0)%R%:R) [::]) [::]).

Lemma vec0 : vec [::] = 0.
Proof. by apply/rowP => r; rewrite !mxE nth_nil. Qed.

Lemma pair_error_of_table n n' s s' : pair_error n n' (law_of s) (law_of s') = pair_errors n n' s s'.
Proof.
apply: (E_table s (F := fun t => drawn n s (fun a => drawn n' s' (fun b =>
    (margins (z_at s t) (scalev n%:R^-1 a) (scalev n'%:R^-1 b) <= 0)%R%:R) [::]) [::])) => t.
rewrite -(drawn_of_table n s (H := fun v => E (fun f : {ffun 'I_n' -> 'I_m} =>
    \prod_k weight (law_of s') (f k)) (fun f => (margin (vec (z_at s t)) (n%:R^-1 *: v)
    (n'%:R^-1 *: \sum_k atom (law_of s') (f k)) <= 0)%R%:R))); last first.
  move=> a; rewrite -(drawn_of_table n' s' (H := fun v => (margin (vec (z_at s t)) (n%:R^-1 *: vec a)
    (n'%:R^-1 *: v) <= 0)%R%:R)); last first.
    by move=> b; rewrite -!vec_scale /margin /margins -!vec_sub -!dot_vec.
  by apply: eq_E => f; rewrite vec0 add0r.
by apply: eq_E => f; rewrite vec0 add0r.
Qed.

End Evaluate.

(* A rational number as a pair of integers, to be printed. *)
Definition shown (q : rat) : int * int := (numq q, denq q).

(* Everything about an ordered pair: v_i, tr S_i^2, tr S_i S_j, M4_i, |D|^2, D'S_iD, D'S_jD, D.t_j, and the
   error at 1 and at 2 shots. *)
Definition everything p m (s s' : table) : seq (int * int) :=
  let D := subv p (means p m s') (means p m s) in
  map shown [:: variances p m s; traces p m s s; traces p m s s'; fourths p m s; dots p D D;
    along p m s D D; along p m s' D D; thirds p m D s'; pair_errors p m 1 1 s s'; pair_errors p m 2 1 s s'].
