"""已阅: who has read what was sent back to them or instructed."""
