"""方案表: a body's 实施方案 or 年度要点 as an Excel workbook, down and up again; one row for each milestone.

values → build (out), read (in) → preview (what would change) → views. What every format shares is in tasks.workbooks.
"""
