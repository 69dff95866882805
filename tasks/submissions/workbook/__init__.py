"""填报表: an agency's quarter as an Excel workbook, downloaded and uploaded again.

values → build (out), read (in) → preview (what would change) → views. What all formats share is in tasks.workbooks.
"""
