"""Records in words and pictures."""
