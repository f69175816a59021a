"""A small sweep that nothing is wrong with."""

GOOD = """
shots = [1]
ways = [2]
bounds = ["cdnv_sharp"]
draws = 1e4
[[populations]]
name = "simplex"
family = "simplex_etf"
count = 3
dimension = 4
[populations.vary]
cdnv = [1.0, 0.1]
"""
