"""填报表: a body's quarter as an Excel workbook, down and up again.

values → build (out), read (in) → preview (what would change) → views. What every format shares is in tasks.workbooks.
"""
