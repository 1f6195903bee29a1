"""What is dealt, with whom, and on which dates."""
