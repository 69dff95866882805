"""Sign-in, passwords, API tokens, and the pages on which accounts are made and roles given."""
