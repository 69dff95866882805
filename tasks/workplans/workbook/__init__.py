"""方案表: an agency's work plan (实施方案 or 年度要点) as an Excel workbook, down and up again; one row for each milestone.

values → build (out), read (in) → preview (what would change) → views. The engine is tasks.workbooks.
"""
