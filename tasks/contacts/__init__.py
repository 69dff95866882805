"""联系人: whom to call for a responsibility."""
