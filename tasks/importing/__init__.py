"""方案导入: from an uploaded document to a loaded plan: what the reader found, a person's corrections, a second's consent."""
