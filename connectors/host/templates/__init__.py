"""What `fxrobot strategy new` copies: each strategy with its test, as they are."""
