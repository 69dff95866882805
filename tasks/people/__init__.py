"""Accounts as data, and the permissions: one function for each thing that somebody may do."""
