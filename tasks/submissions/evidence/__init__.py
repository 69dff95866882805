"""佐证材料: the files that stand with a return. A draft holds files; each submitted version holds, for good, exactly
those that the draft held then. The files themselves are the business of tasks.files.
"""
