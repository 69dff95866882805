"""Excel workbooks that are downloaded, filled in offline and uploaded again: the engine that all formats share.

values → upload_check (is the file safe to open) → reading (in), writing (out), signed_preview (a preview until it is
confirmed). The columns and rows of a format are in the package of its subject.
"""
