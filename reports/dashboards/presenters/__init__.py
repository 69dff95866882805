"""What each page shows, worked out before its template runs: a template only lays out."""
