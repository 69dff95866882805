"""单位: the register of agencies, their names over time, members of collectives, lineage edges."""
