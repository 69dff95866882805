"""地区: the province, city or county that issued a plan, its office, and the words that documents print for it."""
