"""沿革: what became of agencies, its import from a file and its pages."""
