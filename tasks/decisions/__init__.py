"""决定记录: what all decisions on submitted versions share: append-only records, taking back 撤销 and correcting 更正."""
