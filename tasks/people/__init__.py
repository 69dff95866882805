"""Models of accounts and roles, and the permissions: one function for each right."""
