"""填报表: an agency's quarter as an Excel workbook, downloaded and uploaded again.

values → build (out), read (in) → preview (what would change) → views. The engine is tasks.workbooks.
"""
