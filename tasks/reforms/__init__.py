"""机构改革: the pages on which a reform is prepared, and the predecessor's drafts for the successor."""
