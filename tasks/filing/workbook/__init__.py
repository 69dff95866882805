"""填报表: a body's quarter as an Excel workbook, down and up again.

values → package (is the file safe to open) → build (out), read (in) → preview (what would change) → views.
"""
