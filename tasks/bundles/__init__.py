"""报送材料: the page of an agency's quarter as one bundle, the printed sheet and its sealed scan."""
