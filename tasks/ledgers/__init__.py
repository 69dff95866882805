"""台账: an office's own Excel: its columns named once, past quarters taken from it 补录, unfinished tasks carried over 结转, its template filled."""
