"""佐证材料: files that belong to a submission. A draft holds files; each submitted version keeps exactly those that the draft
held when it was submitted. The files themselves are in tasks.files.
"""
