"""简报: kinds of briefs, frozen figures (snapshot), composed text, issuing, sets, and the verification page."""
