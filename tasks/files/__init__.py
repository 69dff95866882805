"""文件: uploaded files: checked by content, stored outside the web root under a generated name, scanned if a scanner is
configured, served as attachments.

A file does not know its purpose: the package that uses files links to them (tasks.submissions.evidence is the first),
decides who may see them, and calls `actions.check`, `actions.store`, `actions.delete`, `jobs.ask_scan` and
`serving.hand_out`.
"""
