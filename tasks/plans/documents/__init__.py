"""Reads an uploaded document: its text as it is stored, its tables, the plan in them, and an office's own ledger.

The entry points are `extract` in `extraction.py`, `read_document` in `plan_documents.py`, `read_ledger` in `ledgers.py`, and
`fill_template` in `ledger_export.py`.
"""
