"""帮助: what each page is and asks, the words, and the handbook of each role, all from the same texts."""
