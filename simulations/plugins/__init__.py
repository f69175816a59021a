"""What a user's file or an installed package adds: bounds, families, engines."""
