"""Moments of the pair margin M = |z - m_j|^2 - |z - m_i|^2 at n shots, in closed form or by sweeps.

All routines give, for each ordered pair, the mean and then the central moments: raw moments of a margin that
is large beside its spread would cancel to nothing.
"""
