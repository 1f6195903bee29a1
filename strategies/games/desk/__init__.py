"""Game strategies as traders write them (`*.game.yaml`): read, told in plain words, played."""
