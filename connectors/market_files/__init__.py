"""Market data from files: fixings (`fixings`), points and money-market rates (`quotes`)."""
