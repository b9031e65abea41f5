"""May the numbers of a load trial be believed?  One question against the generator in each module; pure."""
