"""Corrections by a person to what the reader found: a list of edits, and the one function that applies them.

`application.apply(text, structure, edits)` is pure. The page 导入方案, the replay on the next upload of the same document,
and the commands (the list `edits` of corrections.json) all call it, so that the same edits always give the same plan.

An edit is a plain dict: `op` names the operation (a function of one of the modules, by subject), the other keys are its
values, which the function's docstring lists. What an edit refers to in the text is an anchor
`{"start": 120, "end": 131, "quote": "省科技厅"}`; the quote is cleaned (`names.clean`). In another text of the same document
the quote is found again, nearest to where it stood. Typed words are an anchor with a quote alone.
"""
