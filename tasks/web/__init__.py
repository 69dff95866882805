"""Parts that pages of all packages share: form helpers and paging."""
