"""专家意见: comments on whatever can be read, released to one agency after another."""
