"""Who somebody is: passwords, tokens, sessions, and how often they may ask."""
