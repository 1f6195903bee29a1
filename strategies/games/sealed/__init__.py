"""One quote among several, none of which sees the others."""
