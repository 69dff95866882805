"""Backups: one encrypted archive of database and uploaded files, and its restore (docs/operations.md)."""
