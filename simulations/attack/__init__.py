"""The hunt for the population on which error / bound is largest; witnesses are checked in fractions."""
