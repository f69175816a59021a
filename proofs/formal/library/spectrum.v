(* The sum of the m largest eigenvalues of a covariance, and positive definite matrices. Definitions only. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Collapse.library Require Import vectors expectation quantities.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The rows of h are orthonormal eigenvectors, the eigenvalues lam fall, and top adds up the first m. *)
Definition is_largest_eigenvalue_sum (R : realFieldType) (p : nat) (T : finType) (m : nat)
    (c : class_of R p T) (top : R) :=
  exists (h : 'M[R]_p) (lam : 'I_p -> R),
    [/\ h *m h^T = 1%:M, (forall r, row r h *m covariance c = lam r *: row r h),
        (forall r s : 'I_p, (r <= s)%N -> lam s <= lam r) & top = \sum_(r < p | (r < m)%N) lam r].

Definition is_positive_definite (R : realFieldType) (N : nat) (A : 'M[R]_N) :=
  A^T = A /\ forall v : 'rV[R]_N, v != 0 -> 0 < (v *m A *m v^T) 0 0.
