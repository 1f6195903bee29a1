"""Game strategies at the desk: files told back in plain words, numbers proposed from own deals."""
