"""The real-network reference run: images, splits, training (torch, optional) and the recorded trace."""
