"""Sign-in, passwords, API tokens, and the pages that create accounts and grant roles."""
