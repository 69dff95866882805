"""考核: schemes, the scores of agencies, corrections, announcements and appeals."""
