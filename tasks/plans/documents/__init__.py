"""Reads an uploaded document: its text as it is stored, its tables, and the rows of a table of tasks.

The entry points are `extract` in `extraction.py`, `read_task_table` in `task_tables.py` and `read_ledger` in `ledgers.py`.
"""
