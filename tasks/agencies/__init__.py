"""单位: the registry of agencies, their names over time, members of collectives, edges of the lineage."""
