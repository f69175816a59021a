"""Networks and their training (torch, optional), stopped and resumed at will."""
