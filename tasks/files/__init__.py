"""文件: uploaded files. Checked by content, kept outside the web root under a generated name, scanned where a scanner is
configured, handed out as attachments.

A file does not know what it is for: the package that holds files links to them (tasks.submissions.evidence is the
first), decides who may see them, and calls `actions.check`, `actions.store`, `actions.delete`, `jobs.ask_scan` and
`serving.hand_out`.
"""
