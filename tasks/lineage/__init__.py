"""沿革: lineage edges and names of agencies, their import from a file and their pages."""
