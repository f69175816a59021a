"""What is measured while a network trains, written down and read again."""
