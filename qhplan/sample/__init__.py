"""Sample data of a trial site, written through the same actions as real data."""
