"""Tamper evidence: keys, the file of signed heads, verification, bundles that verify offline."""
