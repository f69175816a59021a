"""What engines that sample share: lattice points, proposals for rare events, intervals, expected widths."""
