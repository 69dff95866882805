"""Sample data of a trial site, made through the same actions as real data."""
