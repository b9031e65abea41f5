"""What a tour sounds and looks like: tracks and photographs, the library of all, and what is sent of it."""
