"""留痕: the append-only record of who did what, its labels and its page."""
