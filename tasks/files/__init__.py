"""文件: what people upload. Checked by content, kept outside the web root under a name of ours, scanned where a scanner
is configured, handed out as an attachment.

A file knows nothing of what it is for: whoever holds files links to them (tasks.submissions.evidence is the first), says
who may see them, and calls `actions.check`, `actions.store`, `actions.delete`, `jobs.ask_scan` and `serving.hand_out`.
"""
