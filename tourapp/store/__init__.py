"""The databases, and the questions asked of them."""
