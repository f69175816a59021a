(* The quantities that statements are made of, next to theory/quantities.py: one class is a law with
   finite support on R^p. Everything here is a definition; what is proved about them is in facts.v. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Collapse.library Require Import vectors expectation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* A class: the points [atom t], each with its [weight t]; [T] is any finite type. *)
Record class_of (R : realFieldType) (p : nat) (T : finType) := FiniteClass {
  weight : T -> R;
  atom : T -> 'rV[R]_p
}.

Section OneClass.

Variables (R : realFieldType) (p : nat) (T : finType).
Implicit Types (c : class_of R p T) (h : 'rV[R]_p).

(* The weights are those of a probability. *)
Definition probability c := is_law (weight c).

(* mu_c, and z - mu_c. *)
Definition mean c : 'rV[R]_p := \sum_t weight c t *: atom c t.
Definition noise c t : 'rV[R]_p := atom c t - mean c.

(* S_c, v_c = tr S_c, tr S_c^2. *)
Definition covariance c : 'M[R]_p := \sum_t weight c t *: ((noise c t)^T *m noise c t).
Definition variance c : R := \tr (covariance c).
Definition squared_trace c : R := \tr (covariance c *m covariance c).

(* h' S_c h'' *)
Definition covariance_along c h h' : R := (h *m covariance c *m h'^T) 0 0.

(* M4_c = E |z - mu_c|^4, and t_c = E |z - mu_c|^2 (z - mu_c). *)
Definition fourth c : R := E (weight c) (fun t => sqlen (noise c t) ^+ 2).
Definition third c : 'rV[R]_p := \sum_t (weight c t * sqlen (noise c t)) *: noise c t.

(* lam is the largest eigenvalue of S_c: an eigenvalue, and no Rayleigh quotient is larger. *)
Definition is_largest_eigenvalue c (lam : R) :=
  (exists2 h : 'rV[R]_p, h != 0 & h *m covariance c = lam *: h) /\
  (forall h, covariance_along c h h <= lam * sqlen h).

(* kap is the largest directional fourth moment, sup over unit h of E (h.(z - mu_c))^4. *)
Definition is_largest_directional_fourth c (kap : R) :=
  (exists2 h : 'rV[R]_p, sqlen h = 1 & E (weight c) (fun t => dot h (noise c t) ^+ 4) = kap) /\
  (forall h : 'rV[R]_p, sqlen h = 1 -> E (weight c) (fun t => dot h (noise c t) ^+ 4) <= kap).

(* The covariance is a multiple of the identity: what a spherically symmetric class has. *)
Definition is_isotropic c := covariance c = (variance c / p%:R)%:M.

End OneClass.

(* tr S_i S_j *)
Definition trace_product (R : realFieldType) p (Ti Tj : finType)
    (ci : class_of R p Ti) (cj : class_of R p Tj) : R :=
  \tr (covariance ci *m covariance cj).

(* D = mu_j - mu_i *)
Definition difference (R : realFieldType) p (Ti Tj : finType)
    (ci : class_of R p Ti) (cj : class_of R p Tj) : 'rV[R]_p := mean cj - mean ci.

(* D.t_j *)
Definition third_along (R : realFieldType) p (Ti Tj : finType)
    (ci : class_of R p Ti) (cj : class_of R p Tj) : R := dot (difference ci cj) (third cj).

Section WithRoots.

Variables (R : rcfType) (p : nat) (Ti Tj Tl : finType).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj) (cl : class_of R p Tl).

(* d = |D|, u = D/d, u' S_i u, u' S_j u, D_j' S_i D_l *)
Definition distance : R := Num.sqrt (sqlen (difference ci cj)).
Definition direction : 'rV[R]_p := distance^-1 *: difference ci cj.
Definition directional_variance : R := covariance_along ci direction direction.
Definition directional_variance_other : R := covariance_along cj direction direction.
Definition cross_variance : R :=
  covariance_along ci (difference ci cj) (difference ci cl).

End WithRoots.

(* The mean of n independent draws, as a law of its own: a sample is a function from 'I_n to the
   support, its weight the product of the weights. *)
Definition mean_of (R : realFieldType) p (T : finType) (n : nat) (c : class_of R p T) :
    class_of R p [finType of {ffun 'I_n -> T}] :=
  FiniteClass (fun f : {ffun 'I_n -> T} => \prod_s weight c (f s))
              (fun f : {ffun 'I_n -> T} => n%:R^-1 *: \sum_s atom c (f s)).

(* The margin of a query z between two centres; a tie is an error. *)
Definition margin (R : realFieldType) p (z m m' : 'rV[R]_p) : R := sqlen (z - m') - sqlen (z - m).

(* Three independent laws: the query, the own centre, the other centre. *)
Definition error_given_laws (R : realFieldType) p (Tx Ta Tb : finType)
    (x : class_of R p Tx) (a : class_of R p Ta) (b : class_of R p Tb) : R :=
  E (weight x) (fun t => E (weight a) (fun f => E (weight b) (fun g =>
    (margin (atom x t) (atom a f) (atom b g) <= 0)%R%:R))).

(* P(M_ij <= 0) with n_i and n_j shots; with as many shots as one likes the centres are the means. *)
Definition pair_error (R : realFieldType) p (Ti Tj : finType) (ni nj : nat)
    (ci : class_of R p Ti) (cj : class_of R p Tj) : R :=
  error_given_laws ci (mean_of ni ci) (mean_of nj cj).

Definition pair_error_at_means (R : realFieldType) p (Ti Tj : finType)
    (ci : class_of R p Ti) (cj : class_of R p Tj) : R :=
  E (weight ci) (fun t => (margin (atom ci t) (mean ci) (mean cj) <= 0)%R%:R).

Section Classes.

Variables (R : realFieldType) (p : nat) (I T : finType) (c : I -> class_of R p T).

(* k *)
Definition ways : R := #|I|%:R.

(* P(wrong | class i): some other centre is at least as near, all supports drawn independently. *)
Definition class_error (n : nat) (i : I) : R :=
  E (weight (c i)) (fun t =>
    E (fun F : {ffun I -> {ffun 'I_n -> T}} => \prod_j weight (mean_of n (c j)) (F j))
      (fun F => [exists j, (j != i) &&
        (margin (atom (c i) t) (atom (mean_of n (c i)) (F i)) (atom (mean_of n (c j)) (F j)) <= 0)%R]%:R)).

(* The k-way n-shot error. *)
Definition few_shot_error (n : nat) : R := ways^-1 * \sum_i class_error n i.

(* The mean over ordered pairs of distinct classes. *)
Definition average (f : I -> I -> R) : R :=
  (ways * (ways - 1))^-1 * \sum_i \sum_(j | j != i) f i j.

(* The sum over j other than i of a bound for the pair, averaged over i. *)
Definition union_over_classes (f : I -> I -> R) : R := ways^-1 * \sum_i \sum_(j | j != i) f i j.

End Classes.

(* What m samples of a class give, and radii: how far the sample mean may lie from the mean, and how much
   the sample variance (denominator m) may fall short of the variance. *)
Section Samples.

Variables (R : realFieldType) (p m : nat).
Implicit Types y : 'I_m -> 'rV[R]_p.

Definition sample_mean y : 'rV[R]_p := m%:R^-1 *: \sum_s y s.
Definition sample_variance y : R := m%:R^-1 * \sum_s sqlen (y s - sample_mean y).

End Samples.

Section Radii.

Variables (R : rcfType) (p m : nat) (T : finType).
Implicit Types (c : class_of R p T) (y : 'I_m -> 'rV[R]_p).

Definition sample_distance y y' : R := Num.sqrt (sqlen (sample_mean y' - sample_mean y)).
Definition is_mean_radius c y (eps : R) := Num.sqrt (sqlen (sample_mean y - mean c)) <= eps.
Definition is_variance_radius c y (eta : R) := variance c - sample_variance y <= eta.

End Radii.

(* The margin of an ordered pair at n_i and n_j shots as one random number: E f(M), E M, E (M - E M)^k. *)
Section MarginMoments.

Variables (R : realFieldType) (p : nat) (Ti Tj : finType) (ni nj : nat).
Variables (ci : class_of R p Ti) (cj : class_of R p Tj).

Definition E_margin (f : R -> R) : R :=
  E (weight ci) (fun t => E (weight (mean_of ni ci)) (fun g => E (weight (mean_of nj cj)) (fun h =>
    f (margin (atom ci t) (atom (mean_of ni ci) g) (atom (mean_of nj cj) h))))).

Definition mean_margin : R := E_margin id.
Definition central_margin_moment (k : nat) : R := E_margin (fun y => (y - mean_margin) ^+ k).

End MarginMoments.
