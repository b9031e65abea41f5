"""How the store's schema came to be, one revision a file in ``versions``; Alembic runs them."""
