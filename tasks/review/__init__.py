"""Consolidation by the lead, decisions of lead and office, the review queues, and how tasks end."""
