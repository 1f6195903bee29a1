"""May we? Reserve -> commit | release | expire, through one gate."""
