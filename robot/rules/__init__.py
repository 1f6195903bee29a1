"""The rule language of the traders: closed, typed, in English and Chinese, with one meaning."""
