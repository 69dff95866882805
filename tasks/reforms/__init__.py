"""机构改革: pages to prepare a reform, and the handover of the predecessors' drafts to the successor."""
