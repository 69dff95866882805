"""Excel workbooks that are downloaded, filled in offline and uploaded again: the engine that all formats share.

values → upload_check (is the file safe to open), manifest (where the workbook comes from) → reading (in), writing (out),
signed_preview → preview (what would change) → views. A format adds its columns, its Manifest entries, how a row becomes a
value and a value a row, and its messages; it is in the package of its subject.
"""
