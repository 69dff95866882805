"""联系人: contacts for responsibilities."""
