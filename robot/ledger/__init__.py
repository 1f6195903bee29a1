"""What happened, in double entry: postings, positions, profit and loss."""
