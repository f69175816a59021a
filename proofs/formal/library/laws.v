(* The laws that lower bounds and existence statements are about. Definitions only. *)
From mathcomp Require Import all_ssreflect all_algebra.
From Collapse.library Require Import vectors expectation quantities.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* constant_is_sharp: half-way to the other mean with probability q, else where the mean needs it. *)
Definition half_way_law (R : realFieldType) (p : nat) (q : R) (mu mu' : 'rV[R]_p) :
    class_of R p [finType of bool] :=
  FiniteClass (fun step : bool => if step then q else 1 - q)
    (fun step : bool => mu + (if step then 1 / 2%:R else - (q / (1 - q)) / 2%:R) *: (mu' - mu)).

(* cdnv_is_optimal: three rare draws, each of which makes a tie. The dimension is p.+1, the means are 0 and
   d along the first axis. *)
Section RareDraws.

Variables (R : realFieldType) (p n : nat) (d : R).

Definition axis (r : 'I_p.+1) : 'rV[R]_p.+1 := delta_mx 0 r.

(* A query half-way between the rest points, which are gap * d apart, with probability q1: the atom
   (0, true); a draw n * gap * d across, along any other axis r, with probability q2 in all: the two atoms
   (r, _); else the rest point (0, false). *)
Definition rare_own (q1 q2 rest gap : R) : class_of R p.+1 [finType of 'I_p.+1 * bool] :=
  FiniteClass
    (fun a : 'I_p.+1 * bool =>
      if a.1 == 0 then if a.2 then q1 else 1 - q1 - q2 else q2 / (2%:R * p%:R))
    (fun a : 'I_p.+1 * bool =>
      if a.1 == 0 then ((if a.2 then rest + gap / 2%:R else rest) * d) *: axis 0
      else (rest * d) *: axis 0 + ((if a.2 then 1 else -1) * (n%:R * gap * d)) *: axis a.1).

(* A draw n * gap * d behind the rest point, with probability q3. *)
Definition rare_other (q3 rest gap : R) : class_of R p.+1 [finType of bool] :=
  FiniteClass
    (fun behind : bool => if behind then q3 else 1 - q3)
    (fun behind : bool => ((rest + gap - (if behind then n%:R * gap else 0)) * d) *: axis 0).

(* The noise t goes to 0; lam, v and v' are what the largest eigenvalue and the variances are made for. *)
Variables (lam v v' t : R).

Definition rare_half_way : R := 4%:R * lam * t / d ^+ 2.
Definition rare_across : R := (v - lam) * t / (n%:R * d) ^+ 2.
Definition rare_behind : R := v' * t / (n%:R * d) ^+ 2.
Definition rare_gap : R := 1 / (1 - rare_half_way / 2%:R - n%:R * rare_behind).
Definition rare_rest : R := - (rare_half_way * rare_gap / 2%:R).

Definition rare_draws_own := rare_own rare_half_way rare_across rare_rest rare_gap.
Definition rare_draws_other := rare_other rare_behind rare_rest rare_gap.

End RareDraws.
