"""Where classes lie: congruent positions, few coordinates, common axes, subsets of the classes."""
