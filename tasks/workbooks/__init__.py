"""Excel workbooks that go out, are filled in offline and come back: what every format of them shares.

values → package (is the file safe to open) → reading (in), sheets (out), keeping (a preview until it is confirmed).
A format's own columns, rows and meaning stand in the room whose rows they are.
"""
